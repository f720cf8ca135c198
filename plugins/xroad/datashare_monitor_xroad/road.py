"""Asks a security server, by REST or by SOAP, as its client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from uuid import uuid4

from lxml import etree

from datashare_monitor_xroad.errors import error_of
from datashare_monitor_xroad.identifiers import (
    ROAD,
    Parts,
    client_element,
    encoded,
    server_element,
    service_element,
)
from datashare_monitor_xroad.readings import CALL_SECONDS, ERROR, STATUS_CODE
from monitor.plugin import Answer, FaultDomain, HttpOptions, ProbeError, Reason, Vantage
from monitor.plugin.http import REASONS, apart
from monitor.plugin.http.soap import Envelope, SoapVersion, envelope, headers_for, read_envelope, root_part
from monitor.plugin.measures import tls_readings

PROTOCOL = "4.0"
"""The version of the message protocol for SOAP."""
REFUSALS = {
    Reason.UNAUTHORIZED: FaultDomain.CONSUMER,
    Reason.FORBIDDEN: FaultDomain.PROVIDER,
    Reason.THROTTLED: FaultDomain.PROVIDER,
}
"""Who has to act when the service behind X-Road refuses."""


@dataclass(frozen=True, slots=True)
class Replied:
    """An answer that came through X-Road.

    Attributes:
        took: Seconds.
        envelope: Of an answer by SOAP.
    """

    answer: Answer
    took: float
    envelope: Envelope | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """A security server, and who we are to it.

    Attributes:
        url: Of the server, without a slash at its end.
        server: Which one has to answer, when a member has several.
        is_measured: Whether the answer is measured.
    """

    url: str
    client: Parts
    options: HttpOptions
    vantage: Vantage
    server: Parts | None = None
    is_measured: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    async def rest(self, service: Parts, path: str = "", method: str = "GET", body: bytes | None = None) -> Replied:
        """Return what a service answers by REST (PR-REST), whatever its status.

        Raises:
            ProbeError: A security server answered with an error, or what answers is none.
            OSError: There is no connection, or it broke.
        """
        message = str(uuid4())
        headers = {**self.headers, "X-Road-Client": encoded(self.client), "X-Road-Id": message}
        if self.server is not None:
            headers["X-Road-Security-Server"] = encoded(self.server)
        replied = await self._ask(method, f"{self.url}/r1/{encoded(service)}{path}", headers, body)
        answer = replied.answer
        code = answer.header("x-road-error")
        self._measure(replied, is_error=code is not None)
        if code is not None:
            raise error_of(code, answer.status)
        if (told := answer.header("x-road-id")) != message:
            words = "without an X-Road-Id" if told is None else "with the X-Road-Id of another message"
            raise ProbeError(Reason.PROTOCOL, f"answered {answer.status} {words}")
        return replied

    async def soap(self, service: Parts, version: str, body: list[Any]) -> Replied:
        """Return what a service answers by SOAP (PR-MESS).

        Raises:
            ProbeError: A security server or the service answered with a fault, or what answers is neither.
            OSError: There is no connection, or it broke.
        """
        message = str(uuid4())
        blocks = [client_element("client", self.client), service_element(service, version)]
        if self.server is not None:
            blocks.append(server_element(self.server))
        blocks += [_plain("id", message), _plain("protocolVersion", PROTOCOL)]
        headers = {**self.headers, **headers_for(SoapVersion.SOAP11, "")}
        sent = envelope(SoapVersion.SOAP11, blocks, body)
        replied = await self._ask("POST", f"{self.url}/", headers, sent)
        answer = replied.answer
        try:
            found = await apart(answer.body, lambda: _read(answer))
        except ProbeError as error:
            self._measure(replied, is_error=False)
            if 200 <= answer.status < 300:
                raise
            reason = REASONS.get(answer.status, Reason.STATUS)
            raise ProbeError(reason, f"answered {answer.status} and no envelope", REFUSALS.get(reason)) from error
        self._measure(replied, is_error=found.fault is not None)
        if found.fault is not None:
            raise error_of(found.fault.code, answer.status)
        told = next((block.text for block in found.header if block.tag == f"{{{ROAD}}}id"), None)
        if told != message:
            words = "without a message id" if told is None else "with the id of another message"
            raise ProbeError(Reason.PROTOCOL, f"answered {answer.status} {words}")
        return Replied(root_part(answer), replied.took, found)

    async def clients(self) -> Answer:
        """Return the list of clients (PR-META, 2), as JSON or, from older servers, as XML.

        Raises:
            ProbeError: There is none.
            OSError: There is no connection, or it broke.
        """
        replied = await self._ask("GET", f"{self.url}/listClients", {"Accept": "application/json"}, None)
        return good(replied.answer, "listClients")

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Replied:
        began = perf_counter()
        answer = await self.vantage.http.request(method, url, headers=headers, body=body, options=self.options)
        return Replied(answer, perf_counter() - began)

    def _measure(self, replied: Replied, *, is_error: bool) -> None:
        if self.is_measured:
            answer = replied.answer
            self.vantage.note(STATUS_CODE(answer.status), CALL_SECONDS(replied.took), ERROR(int(is_error)))
            self.vantage.note(*(tls_readings(answer.tls) if answer.tls is not None else ()))


def good(answer: Answer, what: str) -> Answer:
    """Return an answer whose status is 2xx.

    Raises:
        ProbeError: It is not.
    """
    if 200 <= answer.status < 300:
        return answer
    reason = REASONS.get(answer.status, Reason.STATUS)
    raise ProbeError(reason, f"{what} answered {answer.status}, expected 2xx", REFUSALS.get(reason))


def _read(answer: Answer) -> Envelope:
    return read_envelope(root_part(answer).body)


def _plain(name: str, text: str) -> Any:
    element = etree.Element(f"{{{ROAD}}}{name}", nsmap={"xroad": ROAD})
    element.text = text
    return element
