"""The probe of kind ``soap``."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from datashare_monitor_soap.call import Answered, call, check, refusal
from datashare_monitor_soap.readings import CALL_SECONDS, DOCUMENTS, FAULT, MEASURES, OPERATIONS, STATUS_CODE
from datashare_monitor_soap.security import UsernameToken
from datashare_monitor_soap.wsdl import is_name, read_wsdl
from monitor.plugin import (
    Duration,
    FaultDomain,
    Measure,
    Observation,
    ProbeError,
    Reading,
    Reason,
    Secret,
    Size,
    Status,
    TlsConfig,
    Url,
    Vantage,
    down,
    up,
)
from monitor.plugin.http import (
    REASONS,
    Assertion,
    BasicAuth,
    BodyReading,
    Examination,
    HeaderValues,
    Wallet,
    check_readings,
    measure_of,
    secret_fields,
    sendable,
)
from monitor.plugin.http.soap import Fault
from monitor.plugin.measures import tls_readings

OURS = frozenset({Reason.EGRESS, Reason.SECRET, Reason.RESOURCES, Reason.NETWORK, Reason.PLUGIN})
REFUSALS = {Reason.UNAUTHORIZED: FaultDomain.CONSUMER, Reason.FORBIDDEN: FaultDomain.PROVIDER}


@dataclass(frozen=True, kw_only=True)
class SoapProbe:
    """Calls a SOAP service with an envelope and judges the answer, or reads its WSDL, or both.

    A fault is an answer, not an outage of the line: its reason is ``service_fault``, and its code tells who has to act.

    Attributes:
        target: Where the envelope is sent; without it, only the WSDL is read.
        body: What the body of the envelope holds, as XML; ``{secret:NAME}`` in it stands for a secret.
        header: Blocks for the header of the envelope, likewise.
        secrets: Secrets by name, for ``body`` and ``header``.
        version: Of SOAP.
        action: The SOAPAction of the operation.
        username_token: Our name and password by WS-Security.
        allow_cleartext_password: Whether a password may go out without TLS.
        headers: HTTP headers.
        http_headers: Those with several values, or secret ones: ``{X-Key: {secrets: [{file: …}]}}``.
        basic_auth: Our name and password by HTTP, also for the WSDL.
        accepted_faults: Codes of faults that are good answers, such as ``Client.NotFound``; in any case of letters.
        fault_level: What the check is after any other fault.
        assertions: Comparisons with values of the answer; ``xml`` is XPath over the whole envelope.
        readings: Numbers of the answer to be exposed, by name: ``{waiting: {xml: …, namespaces: {…}}}``.
        wsdl: Where the WSDL is; read with all that it imports. When the call went well, a WSDL that cannot be read, or
            says otherwise, is degraded.
        operation: The operation that the WSDL has to describe, with ``action`` if that is given.
        body_size_limit: The longest answer read.
        degraded_over: Degraded when a good answer took longer than this.
        down_over: Down when it took longer than this.
    """

    target: Url | None = None
    body: str = ""
    header: str = ""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    version: Literal["1.1", "1.2"] = "1.1"
    action: str = ""
    username_token: UsernameToken | None = None
    allow_cleartext_password: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    http_headers: Mapping[str, HeaderValues] = field(default_factory=dict)
    basic_auth: BasicAuth | None = None
    accepted_faults: tuple[str, ...] = ()
    fault_level: Literal["degraded", "down"] = "down"
    assertions: tuple[Assertion, ...] = ()
    readings: Mapping[str, str | BodyReading] = field(default_factory=dict)
    wsdl: Url | None = None
    operation: str = ""
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    body_size_limit: Size = 1024 * 1024
    degraded_over: Duration | None = None
    down_over: Duration | None = None

    def __post_init__(self) -> None:
        check(self)
        check_readings(self.readings, MEASURES)
        if self.target is None and self.wsdl is None:
            raise ValueError("write target and body for a call, or wsdl, or all of them")
        if (self.target is None) != (not self.body.strip()):
            raise ValueError("write target and body both, or neither to read the WSDL alone")
        if self.operation and (self.wsdl is None or not is_name(self.operation)):
            raise ValueError("operation is the name of one in the WSDL; write wsdl, too")
        if self.degraded_over and self.down_over and self.degraded_over >= self.down_over:
            raise ValueError("degraded_over must be less than down_over")

    def measures(self) -> tuple[Measure, ...]:
        """Return what ``readings`` may report."""
        return tuple([measure_of(name) for name in self.readings])

    async def observe(self, vantage: Vantage) -> Observation:
        """Make the call once, and read the WSDL once."""
        wallet = Wallet(vantage)
        seen = up()
        if self.target is not None:
            answered = await call(self, self.target, vantage, wallet)
            seen = await self._verdict(answered, vantage, wallet)
        if self.wsdl is None or seen.status is not Status.UP:
            return seen
        if self.target is None:
            return await self._described(self.wsdl, vantage, wallet)
        try:
            described = await self._described(self.wsdl, vantage, wallet)
        except ProbeError as error:
            if error.reason in OURS:
                raise
            described = down(error.reason, error.detail)
        except ConnectionError as error:
            is_refused = isinstance(error, ConnectionRefusedError)
            described = down(Reason.REFUSED if is_refused else Reason.DISCONNECTED, "no connection for the WSDL")
        if described.status is Status.UP:
            return replace(seen, readings=(*seen.readings, *described.readings))
        return replace(described, status=Status.DEGRADED, readings=(*seen.readings, *described.readings))

    async def _verdict(self, answered: Answered, vantage: Vantage, wallet: Wallet) -> Observation:
        answer, found = answered.answer, answered.envelope
        readings: tuple[Reading, ...] = (STATUS_CODE(answer.status), CALL_SECONDS(answered.took))
        if answer.tls is not None:
            readings = (*readings, *tls_readings(answer.tls))
        refused = refusal(answered)
        if refused is not None or found is None:
            reason, detail = (refused.reason, refused.detail) if refused else (Reason.CONTENT, "no envelope")
            return down(reason, detail, *readings, fault=REFUSALS.get(reason))
        if found.fault is not None and not self._accepts(found.fault):
            return self._faulted(found.fault, answer.status, (*readings, FAULT(1)))
        if found.version != self.version and found.fault is None:
            words = f"answered in SOAP {found.version}, asked in SOAP {self.version}"
            return down(Reason.PROTOCOL, words, *readings, FAULT(0), fault=FaultDomain.PROVIDER)
        wrong, more = await self._examination.find(answer, answered.took, wallet.masked, vantage.judged, found.root)
        readings = (*readings, FAULT(int(found.fault is not None)), *more)
        if wrong is not None:
            return Observation(wrong.status, wrong.reason, wrong.detail, readings)
        words = f"answered with the fault {found.fault.code}, which is accepted" if found.fault else "answered"
        return up(*readings, detail=words)

    def _accepts(self, fault: Fault) -> bool:
        return fault.code.lower() in {code.lower() for code in self.accepted_faults}

    def _faulted(self, fault: Fault, status: int, readings: tuple[Reading, ...]) -> Observation:
        words = f"answered {status} with the fault {fault.code}"
        reason = REASONS.get(status, fault.reason)
        return Observation(Status(self.fault_level), reason, words, readings, REFUSALS.get(reason, fault.side))

    async def _described(self, wsdl: str, vantage: Vantage, wallet: Wallet) -> Observation:
        fields = (*self.headers.items(), *secret_fields(self.http_headers, wallet))
        if self.basic_auth is not None:
            fields = (*fields, ("Authorization", self.basic_auth.value(wallet)))
        with vantage.phase("wsdl"):
            found = await read_wsdl(wsdl, sendable(fields), self.tls_config, vantage)
        readings = (OPERATIONS(len(found.operations)), DOCUMENTS(found.documents))
        for problem in found.faults(self.operation, self.action):
            return down(Reason.MISMATCH, problem, *readings)
        return up(*readings, detail=f"the WSDL has {len(found.operations)} operations")

    @cached_property
    def _examination(self) -> Examination:
        return Examination(self.assertions, self.readings, self.degraded_over, self.down_over)
