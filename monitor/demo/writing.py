"""Writes the configuration directory that watches the country."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from monitor.demo.agencies import DemoAgency
from monitor.demo.answer import AGREED
from monitor.demo.certificates import AUTHORITY
from monitor.demo.country import Country, domain, mailer, people
from monitor.demo.doors import LOOPBACK, Ports
from monitor.demo.entry import Entry, Yaml
from monitor.demo.piece import Piece
from monitor.demo.scenario import ENDING
from monitor.demo.styles import LOOKS, TEMPLATES, Style
from monitor.demo.text import text
from monitor.demo.troubles import Trouble

CERTIFICATES, SPOOLS, TOKEN, CONTRACT = "certificates", "spools", "heartbeat-token", "contract.json"
PROGRAM = Path(__file__).with_name("check_spool.sh")
FEW, MANY = 12, 137
"""Documents that wait; 50 may, and more than 100 are too many."""
SHARED = ("directory", "events", "coordination", "sensors", "mail")
"""Ports that serve everybody, each by what it is asked."""
IN_WINDOW = "price-db"
"""The system in a planned window while the country is open."""
HEADING = "# Written by `datashare-monitor demo`: a small country on this machine, and nothing else.\n"

PROGRAMME: Entry = {
    "id": "emc",
    "name": "Kết nối hệ thống thông tin giải quyết thủ tục hành chính với Hệ thống EMC",
    "name_en": "Administrative procedure systems connected to the EMC system",
    "goal": 100,
    "population": {"classes": ["ministry", "ministerial", "province", "city"]},
    "connected": {"check": {}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """How often the country is looked at."""

    every: str = "15s"
    timeout: str = "3s"


def write(country: Country, ports: Ports, directory: Path, beat: Beat, now: datetime) -> None:
    """Write ``monitor.yaml``, the programme, a file for each agency, and what the checks need beside them."""
    for folder in ("agencies", "programmes"):
        (directory / folder).mkdir(parents=True, exist_ok=True)
    for earlier in (directory / "agencies").glob("*.yaml"):
        earlier.unlink()
    (directory / "programmes" / "emc.yaml").write_text(text({"programme": PROGRAMME}), "utf-8")
    (directory / "monitor.yaml").write_text(HEADING + "".join(_settings(directory, ports, beat)), "utf-8")
    (directory / CONTRACT).write_bytes(AGREED.body)
    _write_token(directory / TOKEN)
    _write_spools(country, directory / SPOOLS)
    owned: dict[str, list[Piece]] = {}
    for piece in country.pieces:
        owned.setdefault(piece.agency, []).append(_in_window(piece, now) if piece.id == IN_WINDOW else piece)
    for agency in country.agencies:
        sections = _agency(country, agency, owned.get(agency.id, []), ports).items()
        written = "\n".join(text({key: section}) for key, section in sections)
        (directory / "agencies" / f"{agency.id}.yaml").write_text(written, "utf-8")


def _write_token(path: Path) -> None:
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex())


def _write_spools(country: Country, folder: Path) -> None:
    crowded = country.struck(Style.SPOOL)
    for piece in country.pieces:
        if any(style is Style.SPOOL for _, style in piece.checks):
            spool = folder / piece.target
            spool.mkdir(parents=True, exist_ok=True)
            for earlier in spool.iterdir():
                earlier.unlink()
            for number in range(MANY if piece.target in crowded else FEW):
                (spool / f"{number:04}.xml").touch()


def is_ours(directory: Path) -> bool:
    """Say whether a directory was written here before, or holds nothing yet."""
    settings = directory / "monitor.yaml"
    if settings.is_file():
        return settings.read_text("utf-8").startswith(HEADING)
    return not directory.exists() or not any(directory.iterdir())


def _settings(directory: Path, ports: Ports, beat: Beat) -> Iterable[str]:
    yield text({"time_zone": "Asia/Ho_Chi_Minh", "vantage": "demo", "egress": {"allow": ["127.0.0.0/8"]}})
    yield "\n# The machine may be without a network: whether ours works is judged by this one alone.\n"
    yield text({"witnesses": {"gateway": False, "resolver": False, "peers": [f"{LOOPBACK}:{ports.http}"]}})
    yield "\n"
    yield text({"defaults": {"every": beat.every, "timeout": beat.timeout, "confirm": {"down": 2, "up": 1}}})
    yield "\ntemplates:\n"
    known = {
        "${ca}": str(directory / CERTIFICATES / AUTHORITY),
        "${resolver}": f"{LOOPBACK}:{ports.names}",
        "${program}": str(PROGRAM),
        "${spools}": str(directory / SPOOLS),
        "${token}": str(directory / TOKEN),
        "${approved}": str(directory / CONTRACT),
        **{f"${{{name}}}": f"{LOOPBACK}:{getattr(ports, name)}" for name in SHARED},
    }
    for name, template in TEMPLATES.items():
        yield f"  # {template.why}\n"
        checks = [_check(style, known, is_secure=template.secure) for style in template.styles]
        yield "".join(f"  {line}\n" for line in text({name: checks}).splitlines())


def _check(style: Style, known: Mapping[str, str], *, is_secure: bool) -> Entry:
    look = LOOKS[style]
    options: dict[str, Yaml] = dict(look.options)
    if is_secure and look.probe == "http":
        options["tls_config"] = {"ca_file": "${ca}"}
    return {"id": str(style), "probe": look.probe, "with": _filled(options, known)}


def _filled(value: Yaml, known: Mapping[str, str]) -> Yaml:
    """Return a value with the variables that are the same for everybody put in."""
    if isinstance(value, str):
        for variable, text in known.items():
            value = value.replace(variable, text)
        return value
    if isinstance(value, Mapping):
        return {key: _filled(each, known) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [_filled(each, known) for each in value]
    return value


def _agency(country: Country, agency: DemoAgency, pieces: list[Piece], ports: Ports) -> dict[str, Yaml]:
    codes = {key: value for key, value in (("code", agency.code), ("admin_code", agency.admin_code)) if value}
    about = {"id": agency.id, "class": agency.agency_class, **codes, "name": agency.name, "name_en": agency.name_en}
    mail = f"{agency.id}.example"
    contacts = {
        "truc-ban": {"name": "Trực ban", "name_en": "Duty desk", "email": f"truc-ban@{mail}"},
        "dau-moi": {"name": "Đầu mối chia sẻ dữ liệu", "name_en": "Data sharing desk", "email": f"dau-moi@{mail}"},
    }
    entries: dict[str, Yaml] = {"agency": about, "contacts": contacts}
    systems = [_entry(country, piece, ports) for piece in pieces if not piece.provider]
    connections = [_entry(country, piece, ports) for piece in pieces if piece.provider]
    if systems:
        entries["systems"] = systems
    if connections:
        entries["connections"] = connections
    return entries


def _entry(country: Country, piece: Piece, ports: Ports) -> Entry:
    path: Entry = {"provider": piece.provider, "via": list(piece.via)} if piece.provider else {}
    return {"id": piece.id, **piece.facts, **path, "use": list(piece.templates), "vars": _vars(country, piece, ports)}


def _vars(country: Country, piece: Piece, ports: Ports) -> Entry:
    """Return the variables that the piece's templates need."""
    door = country.door(piece)
    secure = ports.ending if country.size.is_calm and piece.target == ENDING else ports.https
    port = getattr(ports, door) if door else secure if piece.is_secure else ports.http
    styles = {style for _, style in piece.checks}
    found: dict[str, Yaml] = {}
    if any("${base}" in str(LOOKS[style].options) for style in styles):
        found["base"] = f"{'https' if piece.is_secure else 'http'}://{LOOPBACK}:{port}/{piece.target}"
    if Style.RECORDS in styles:
        found["data"] = f"http://{LOOPBACK}:{ports.http}/{piece.target}"
    if Style.CERTIFICATE in styles:
        found["host"] = f"{LOOPBACK}:{port}"
    if Style.GREETING in styles:
        found["host"] = f"{LOOPBACK}:{ports.refused if door is Trouble.REFUSED else ports.greeting}"
    if Style.NAME in styles:
        found["domain"] = domain(piece)
    if Style.TIME in styles:
        is_wrong = piece.target in country.struck(Style.TIME)
        found["clock"] = f"{LOOPBACK}:{ports.drifting if is_wrong else ports.clock}"
        found |= {"place": piece.target, "people": people(piece.target), "mailer": mailer(piece.target)}
    return found


def _in_window(piece: Piece, now: datetime) -> Piece:
    """Return a piece in the middle of a planned window."""
    begins = f"{now - timedelta(hours=1):%Y-%m-%d %H:00}"
    return replace(piece, facts={**piece.facts, "maintenance": [{"from": begins, "for": "6h"}]})
