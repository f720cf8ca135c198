"""One call of a SOAP service."""

import re
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

from datashare_monitor_soap.payload import check_payload, elements, names_secrets
from monitor.plugin import Answer, HttpOptions, ProbeError, Reason, Vantage
from monitor.plugin.http import (
    REASONS,
    Wallet,
    apart,
    check_names,
    check_values,
    secret_fields,
    sendable,
)
from monitor.plugin.http.soap import Envelope, SoapVersion, envelope, headers_for, read_envelope, root_part

if TYPE_CHECKING:
    from datashare_monitor_soap.probe import SoapProbe
    from datashare_monitor_soap.rows import SoapRows

    Caller: TypeAlias = SoapProbe | SoapRows

MOST_EXAMINED = 4 * 1024 * 1024
"""Bytes of an answer that is parsed: more would keep everybody else waiting."""
WRITTEN = ("Content-Type", "SOAPAction", "Accept")
_ACTION = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{0,1000}")


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a call.

    Attributes:
        answer: Its body is the SOAP message.
        envelope: None when the answer is none of SOAP.
        took: Seconds.
        problem: Why there is no envelope.
    """

    answer: Answer
    envelope: Envelope | None
    took: float
    problem: ProbeError | None = None


def check(caller: "Caller") -> None:
    """Return if the options of the call make sense together.

    Raises:
        ValueError: They do not; it says what to write instead.
    """
    for option in ("body", "header"):
        check_payload(option, getattr(caller, option), caller.secrets)
    if not _ACTION.fullmatch(caller.action):
        raise ValueError("action is a URI, without spaces and quotes")
    written = {name.lower() for name in WRITTEN}
    for option, headers in (("headers", caller.headers), ("http_headers", caller.http_headers)):
        check_names(option, headers)
        if own := [name for name in headers if name.lower() in written]:
            raise ValueError(f"{option}: the header {own[0]} is written by the monitor; write version and action")
    check_values("headers", caller.headers.items())
    check_values("http_headers", ((name, text) for name, one in caller.http_headers.items() for text in one.values))
    if caller.basic_auth and "authorization" in {name.lower() for name in (*caller.headers, *caller.http_headers)}:
        raise ValueError("write basic_auth or the header Authorization, not both")
    if caller.body_size_limit > MOST_EXAMINED:
        raise ValueError("body_size_limit can be 4MiB at most")
    _check_secrecy(caller)


def _check_secrecy(caller: "Caller") -> None:
    unused = [name for name in caller.secrets if f"{{secret:{name}}}" not in caller.body + caller.header]
    if unused:
        raise ValueError(f"secrets: {unused[0]} is not used; write {{secret:{unused[0]}}} in body or header")
    token = caller.username_token
    is_open = names_secrets(caller.body + caller.header) or (token is not None and token.type == "text")
    if is_open and not caller.allow_cleartext_password and (caller.target or "").startswith("http:"):
        raise ValueError(
            "the password would go out in the clear; write an https target, type: digest or"
            " allow_cleartext_password: true"
        )


async def call(caller: "Caller", target: str, vantage: Vantage, wallet: Wallet) -> Answered:
    """Send the envelope and read what comes back.

    Raises:
        ProbeError: There is no answer, or a secret cannot be read.
        OSError: There is no connection, or it broke.
    """
    version = SoapVersion(caller.version)
    blocks = elements(caller.header, caller.secrets, wallet.reveal)
    if caller.username_token is not None:
        blocks.append(caller.username_token.header(version, vantage, wallet))
    message = envelope(version, blocks, elements(caller.body, caller.secrets, wallet.reveal))
    fields = (*headers_for(version, caller.action).items(), *caller.headers.items())
    if caller.basic_auth is not None:
        fields = (*fields, ("Authorization", caller.basic_auth.value(wallet)))
    headers = sendable((*fields, *secret_fields(caller.http_headers, wallet)))
    options = HttpOptions(tls_config=caller.tls_config, follow_redirects=False, max_body=caller.body_size_limit)
    began = perf_counter()
    answer = await vantage.http.request("POST", target, headers=headers, body=message, options=options)
    took = perf_counter() - began
    return await apart(answer.body, lambda: read(answer, took))


def read(answer: Answer, took: float) -> Answered:
    """Return what an answer holds. Never raises."""
    try:
        whole = root_part(answer)
        return Answered(whole, read_envelope(whole.body), took)
    except ProbeError as error:
        return Answered(answer, None, took, error)


def refusal(answered: Answered) -> ProbeError | None:
    """Return why an answer is neither the expected one nor a fault, or None.

    A fault comes with 500 or 400 and is an answer; without an envelope the status says what happened.
    """
    answer = answered.answer
    if answered.envelope is not None:
        is_good = 200 <= answer.status < 300 or answered.envelope.fault is not None
        return None if is_good else ProbeError(Reason.STATUS, f"answered {answer.status} without a fault")
    if 200 <= answer.status < 300:
        return answered.problem
    reason = REASONS.get(answer.status, Reason.REDIRECT if 300 <= answer.status < 400 else Reason.STATUS)
    return ProbeError(reason, f"answered {answer.status} and no envelope, expected 2xx or a fault")
