"""A small monitor to look at: an inventory, states and outcomes, without anything that runs."""

import json
from asyncio import StreamReader, StreamWriter, open_connection
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from aiohttp import ClientSession
from fakeclock import FakeClock
from multidict import CIMultiDictProxy

from monitor.inventory import (
    Agency,
    AgencyClass,
    AgencyId,
    ByConnection,
    Check,
    CheckId,
    Connection,
    Contact,
    ContactId,
    Inventory,
    Population,
    Programme,
    ProgrammeId,
    Stage,
    StageChange,
    System,
    SystemKind,
    TargetId,
)
from monitor.judge.hop import STANDS, Look, Sight
from monitor.judge.path import Path
from monitor.measure import Label, Measure
from monitor.network.heartbeats import Heartbeats
from monitor.observation import Reason, Status, degraded, down, unknown, up
from monitor.outcome import PENDING, Confirmed, Outcome
from monitor.plugin import ProbeError, Secret
from monitor.settings import Settings
from monitor.vitals import Vitals
from monitor.web import Access, Limits, Running, application, listen

NOW = datetime(2026, 5, 4, 0, 0, tzinfo=UTC)
CERT_EXPIRY = Measure("probe_ssl_earliest_cert_expiry", "When the first certificate ends.")
DURATION = Measure("probe_http_duration_seconds", "Phases.", labels=(Label.of("phase", ["resolve"]),))
CANARY = "canary-7f3a9"


@dataclass(frozen=True)
class Silent:
    """A probe that holds a secret, which must never show."""

    password: str = CANARY

    async def observe(self, vantage):
        return up()


def check(check_id: str, **changes) -> Check:
    facts = {
        "id": CheckId(check_id),
        "kind": "http",
        "plugin": "http",
        "probe": Silent(),
        "every": timedelta(seconds=30),
        "timeout": timedelta(seconds=5),
        "host": "lgsp.hanoi.example",
        "fingerprint": "f" + check_id[-4:],
    }
    return Check(**{**facts, **changes})


def inventory(*extra: Check) -> Inventory:
    agencies = [
        Agency(id=AgencyId("ha-noi"), agency_class=AgencyClass.CITY, name="Hà Nội", name_en="Ha Noi", admin_code="01"),
        Agency(
            id=AgencyId("bo-cong-an"),
            agency_class=AgencyClass.MINISTRY,
            name="Bộ Công an",
            name_en="Ministry of Public Security",
            code="G01",
        ),
        Agency(id=AgencyId("hue"), agency_class=AgencyClass.CITY, name="Huế"),
    ]
    systems = [
        System(
            id=TargetId("ha-noi/lgsp"),
            agency=AgencyId("ha-noi"),
            kind=SystemKind.HUB,
            name="Nền tảng chia sẻ dữ liệu Hà Nội",
            name_en="Ha Noi data sharing platform",
            owner=ContactId("truc-ban"),
            security_level=3,
        ),
        System(
            id=TargetId("bo-cong-an/population-db"),
            agency=AgencyId("bo-cong-an"),
            kind=SystemKind.NATIONAL_DATABASE,
            name="Cơ sở dữ liệu quốc gia về dân cư",
            name_en="National population database",
        ),
    ]
    connections = [
        Connection(
            id=TargetId("ha-noi/population"),
            agency=AgencyId("ha-noi"),
            consumer=AgencyId("ha-noi"),
            provider=TargetId("bo-cong-an/population-db"),
            via=(TargetId("ha-noi/lgsp"),),
            owner=ContactId("truc-ban"),
            stages=(StageChange(stage=Stage.LIVE, on=date(2026, 1, 1)),),
            due=date(2026, 12, 31),
        ),
    ]
    checks = [
        check("ha-noi/population/lookup"),
        check("ha-noi/lgsp/cert", kind="tls", plugin="tls"),
        check("ha-noi/lgsp/api", max_latency=timedelta(seconds=1)),
        check("bo-cong-an/population-db/ping"),
        check("bo-cong-an/population-db/port", kind="tcp", plugin="tcp"),
        *extra,
    ]
    emc = Programme(
        id=ProgrammeId("emc"),
        name="Kết nối Hệ thống EMC",
        name_en="Connected to the EMC system",
        deadline=date(2026, 4, 30),
        source="58/QD-UBQGCDTS",
        population=Population(classes=frozenset({AgencyClass.CITY})),
        measured=ByConnection(provider=TargetId("bo-cong-an/population-db")),
    )
    contact = Contact(
        id=ContactId("truc-ban"), agency=AgencyId("ha-noi"), name="Trực ban", email=f"{CANARY}@hanoi.example"
    )
    return Inventory(
        agencies={one.id: one for one in agencies},
        systems={one.id: one for one in systems},
        connections={one.id: one for one in connections},
        checks={one.id: one for one in checks},
        programmes={emc.id: emc},
        contacts={(contact.agency, contact.id): contact},
    )


def outcome(check_id: str, observation, at: datetime = NOW, duration: float = 0.012, **phases: float) -> Outcome:
    return Outcome(
        check=CheckId(check_id),
        vantage="local",
        started=at,
        duration_seconds=duration,
        observation=observation,
        phases=phases or {"resolve": 0.001, "connect": 0.002, "processing": 0.007},
    )


@dataclass
class PretendNewest:
    kept: dict[str, list[Outcome]] = field(default_factory=dict)

    def of(self, check_id):
        return self.kept[check_id][-1] if self.kept.get(check_id) else None

    def recent(self, check_id):
        return list(self.kept.get(check_id, []))

    def failures(self, check_id):
        return [one for one in self.recent(check_id) if one.observation.status is Status.DOWN]


@dataclass
class PretendMetrics:
    pieces: list[bytes] = field(default_factory=lambda: [b"# HELP a A.\n# TYPE a gauge\n", b"a 1.0\n"])
    samples: int = 1
    asked: list[tuple[int, int, bool]] = field(default_factory=list)

    def chunks(self, index=0, count=1, *, openmetrics=False):
        self.asked.append((index, count, openmetrics))
        yield from self.pieces
        if openmetrics:
            yield b"# EOF\n"


@dataclass
class Scene:
    """What a test may turn."""

    settings: Settings = field(default_factory=Settings)
    inventory: Inventory = field(default_factory=inventory)
    states: dict[str, Confirmed] = field(default_factory=dict)
    newest: PretendNewest = field(default_factory=PretendNewest)
    metrics: PretendMetrics = field(default_factory=PretendMetrics)
    vitals: Vitals = field(default_factory=Vitals)
    problems: list[str] = field(default_factory=list)
    unready: str = ""
    reloads: int = 0
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    secrets: dict[Secret, str] = field(default_factory=dict)
    rechecked: list[CheckId] = field(default_factory=list)
    sights: dict[str, Sight] = field(default_factory=dict)
    keep: Callable[[CheckId, bytes], Awaitable[None]] | None = None

    def __post_init__(self):
        self.heartbeats = Heartbeats(self.clock)
        self.heartbeats.keep(self.inventory.checks)

    def reveal(self, secret):
        if secret not in self.secrets:
            raise ProbeError(Reason.SECRET, f"the secret in {secret.file} cannot be read")
        return self.secrets[secret]

    async def reload(self):
        self.reloads += 1
        return self.problems

    def trace(self, connection_id):
        connection = self.inventory.connections[connection_id]
        systems = {
            one: SimpleNamespace(confirmed=self.states[one], sight=self.sights.get(one, STANDS))
            for one in connection.hops
            if one in self.states
        }
        looks = [Look(one, self.states.get(one, PENDING)) for one in self.inventory.checks_of.get(connection_id, ())]
        return Path(connection, systems).trace(tuple(looks))

    def running(self) -> Running:
        return Running(
            settings=self.settings,
            clock=self.clock,
            vitals=self.vitals,
            started=NOW - timedelta(hours=3, minutes=12),
            inventory=lambda: self.inventory,
            configured=lambda: self.settings,
            state=lambda subject: self.states.get(subject, PENDING),
            fault=lambda link: None if link in self.inventory.resting else self.trace(link).fault,
            trace=self.trace,
            newest=self.newest,
            metrics=self.metrics,
            reload=self.reload,
            unready=lambda: self.unready,
            inbox=self.heartbeats.box,
            reveal=self.reveal,
            recheck=self.rechecked.append,
            keep=self.keep,
            version="1.2.3",
        )


def scene() -> Scene:
    """A city whose connection is down and whose certificate ends soon; a ministry that is well."""
    stage = Scene()
    seen = {
        "ha-noi/population/lookup": (down(Reason.SERVICE_FAULT, 'error_code is 5: <b onload="x">'), 45),
        "ha-noi/lgsp/cert": (degraded(Reason.CERTIFICATE_EXPIRES, "6 days left", CERT_EXPIRY(1778457600)), 700),
        "ha-noi/lgsp/api": (unknown(Reason.NETWORK, "no route"), 2),
        "bo-cong-an/population-db/ping": (up(DURATION(0.001, phase="resolve")), 5000),
    }
    for check_id, (observation, minutes) in seen.items():
        since = NOW - timedelta(minutes=minutes)
        stage.states[check_id] = Confirmed(observation.status, observation.reason, since, observation.detail)
        stage.newest.kept[check_id] = [outcome(check_id, up()), outcome(check_id, observation)]
    for target in ("ha-noi/population", "ha-noi/lgsp", "bo-cong-an/population-db"):
        worst = next((state for name, state in stage.states.items() if name.startswith(target + "/")), PENDING)
        stage.states[target] = worst
    return stage


@dataclass(frozen=True)
class Answer:
    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def content_type(self) -> str:
        return self.headers["Content-Type"].partition(";")[0]


@dataclass
class Visitor:
    """A client that reads every answer to its end."""

    session: ClientSession
    port: int

    async def request(self, method: str, path: str, **more) -> Answer:
        async with self.session.request(method, path, **more) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def get(self, path: str, **more) -> Answer:
        return await self.request("GET", path, **more)

    async def post(self, path: str, **more) -> Answer:
        return await self.request("POST", path, **more)


@asynccontextmanager
async def visiting(
    stage: Scene | None = None, limits: Limits | None = None, access: Access | None = None, **session
) -> AsyncIterator[Visitor]:
    """A client of the real listener on a free port."""
    stage = stage or scene()
    access = access or Access(vitals=stage.vitals)
    address = stage.settings.web.address
    listener = await listen(application(stage.running(), access), address, 0, limits=limits or Limits())
    try:
        scheme = "http" if access.config.tls is None else "https"
        async with ClientSession(f"{scheme}://127.0.0.1:{listener.port}", **session) as client:
            yield Visitor(client, listener.port)
    finally:
        await listener.close()
        access.close()


@asynccontextmanager
async def dialled(port: int, host: str = "127.0.0.1") -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    """A bare connection, gone for certain at the end."""
    reader, writer = await open_connection(host, port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


def settings(**web) -> Settings:
    return replace(Settings(), web=replace(Settings().web, **web))
