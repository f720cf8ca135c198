"""The probe of kind ``xroad-services``: who is listed, what is offered, and what we may call."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from lxml import etree

from datashare_monitor_xroad.identifiers import IDS, NAMES, ROAD, Parts, client_id
from datashare_monitor_xroad.readings import ALLOWED, CLIENTS, METHODS
from datashare_monitor_xroad.road import Replied, Road, good
from monitor.plugin import (
    Answer,
    FaultDomain,
    HttpOptions,
    Observation,
    ProbeError,
    Reason,
    Size,
    TlsConfig,
    Url,
    Vantage,
    down,
    up,
)
from monitor.plugin.http import apart, read_json, read_xml

MOST = 20_000
"""Clients, or services, of one list."""
Wanted = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class XRoadServicesProbe:
    """Compares what a provider offers with what we may call (PR-META, PR-MREST).

    A service that is offered and not allowed is ``forbidden``: the provider grants the right. One that is not even
    offered is a ``mismatch``.

    Attributes:
        target: The security server that we are a client of, as an URL without a path.
        client: Who we are: ``INSTANCE/CLASS/MEMBER/SUBSYSTEM``.
        provider: Whose services: ``INSTANCE/CLASS/MEMBER/SUBSYSTEM``.
        services: The codes of those we have to be allowed to call, with or without a version: ``Count.v1``.
        listed: Members and subsystems that have to be in the list of clients.
        protocol: Whether the services are REST or SOAP: each has lists of its own.
        body_size_limit: The longest list read.
    """

    target: Url
    client: str
    provider: str
    services: Wanted = ()
    listed: Wanted = ()
    protocol: Literal["rest", "soap"] = "rest"
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    body_size_limit: Size = 4 * 1024 * 1024

    def __post_init__(self) -> None:
        client_id("client", self.client)
        client_id("provider", self.provider)
        for one in self.listed:
            client_id("listed", one)
        if not all(code.strip() for code in self.services):
            raise ValueError("services: a code is empty")

    async def observe(self, vantage: Vantage) -> Observation:
        """Ask for each list once."""
        options = HttpOptions(tls_config=self.tls_config, follow_redirects=False, max_body=self.body_size_limit)
        road = Road(
            url=self.target.rstrip("/"), client=client_id("client", self.client), options=options, vantage=vantage
        )
        if self.listed:
            with vantage.phase("clients"):
                listed = await road.clients()
                known = await apart(listed.body, lambda: clients_in(listed))
            vantage.note(CLIENTS(len(known)))
            missing = [one for one in self.listed if tuple(one.split("/")) not in known]
            if missing:
                words = f"{shown(missing)} not in the list of clients"
                return down(Reason.MISMATCH, words, fault=FaultDomain.HUB)
        with vantage.phase("allowed"):
            allowed = await self._methods(road, "allowedMethods")
        with vantage.phase("offered"):
            offered = await self._methods(road, "listMethods")
        return self._verdict(offered, allowed)

    def _verdict(self, offered: "Services", allowed: "Services") -> Observation:
        seen = (METHODS(offered.count), ALLOWED(allowed.count))
        lacking = [code for code in self.services if code not in allowed.codes]
        gone = [code for code in lacking if code not in offered.codes]
        if gone:
            return down(Reason.MISMATCH, f"{shown(gone)} not offered", *seen, fault=FaultDomain.PROVIDER)
        if lacking:
            words = f"{shown(lacking)} offered, but not allowed to {self.client}"
            return down(Reason.FORBIDDEN, words, *seen, fault=FaultDomain.PROVIDER)
        return up(*seen, detail=f"{offered.count} services offered, {allowed.count} allowed")

    async def _methods(self, road: Road, method: str) -> "Services":
        service = (*client_id("provider", self.provider), method)
        if self.protocol == "soap":
            replied = await road.soap(service, "", [etree.Element(f"{{{ROAD}}}{method}", nsmap={"xroad": ROAD})])
            return await apart(replied.answer.body, lambda: services_of(soap_services(replied, f"{method}Response")))
        replied = await road.rest(service)
        return await apart(replied.answer.body, lambda: services_of(rest_services(good(replied.answer, method))))


@dataclass(frozen=True, slots=True)
class Services:
    """Services of a list.

    Attributes:
        codes: Each with and without its version.
    """

    count: int
    codes: frozenset[str]


def services_of(found: Iterable[tuple[str, str]]) -> Services:
    """Return the services by code and version.

    Raises:
        ProbeError: There are too many, or one has no code.
    """
    each = set()
    for code, version in found:
        if not code:
            raise ProbeError(Reason.CONTENT, "a service in the list has no code")
        each.add((code, version))
        if len(each) > MOST:
            raise ProbeError(Reason.TOO_LARGE, f"more than {MOST} services in the list")
    codes = {code for code, _ in each} | {f"{code}.{version}" for code, version in each if version}
    return Services(len(each), frozenset(codes))


def rest_services(answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield code and version of each service in a list by REST."""
    found = read_json(answer.body)
    services = found.get("service", found.get("member")) if isinstance(found, dict) else None
    if not isinstance(services, list):
        raise ProbeError(Reason.CONTENT, "the answer is no list of services")
    for one in services:
        names = plain(one)
        yield names.get("servicecode", ""), names.get("serviceversion", "")


def soap_services(replied: Replied, name: str) -> Iterator[tuple[str, str]]:
    """Yield code and version of each service in a list by SOAP."""
    body = replied.envelope.body if replied.envelope else ()
    if len(body) != 1 or body[0].tag != f"{{{ROAD}}}{name}":
        raise ProbeError(Reason.CONTENT, f"the answer has no {name}")
    for one in body[0].iterfind(f"{{{ROAD}}}service"):
        yield one.findtext(f"{{{IDS}}}serviceCode", ""), one.findtext(f"{{{IDS}}}serviceVersion", "")


def clients_in(answer: Answer) -> frozenset[Parts]:
    """Return the members and subsystems in a list of clients.

    Raises:
        ProbeError: It is none.
    """
    if answer.body.lstrip()[:1] == b"<":
        root = read_xml(answer.body)
        if root.tag != f"{{{ROAD}}}clientList":
            raise ProbeError(Reason.CONTENT, "the answer is no list of clients")
        found = (
            [one.findtext(f"{{{IDS}}}{name}", "") for name in NAMES]
            for one in root.iterfind(f"{{{ROAD}}}member/{{{ROAD}}}id")
        )
        return _bounded(found)
    members = read_json(answer.body)
    listed = members.get("member") if isinstance(members, dict) else None
    if not isinstance(listed, list):
        raise ProbeError(Reason.CONTENT, "the answer is no list of clients")
    each = (plain(one.get("id")) if isinstance(one, dict) else {} for one in listed)
    return _bounded([one.get(name.lower(), "") for name in NAMES] for one in each)


def _bounded(found: Iterable[list[str]]) -> frozenset[Parts]:
    each: set[Parts] = set()
    for parts in found:
        each.add(tuple(part for part in parts if part))
        if len(each) > MOST:
            raise ProbeError(Reason.TOO_LARGE, f"more than {MOST} clients in the list")
    return frozenset(each)


def plain(found: Any) -> dict[str, str]:
    """Return the texts of a JSON object; the servers' versions write ``member_code`` and ``memberCode``."""
    if not isinstance(found, dict):
        return {}
    return {name.replace("_", "").lower(): text for name, text in found.items() if isinstance(text, str)}


def shown(names: list[str]) -> str:
    """Return names of the configuration's, some of them, with a verb."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{', '.join(names[:5])}{more} {'are' if len(names) > 1 else 'is'}"
