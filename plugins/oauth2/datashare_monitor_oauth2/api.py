"""The call to an API: how it is sent, and what a good answer is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

from datashare_monitor_oauth2.readings import of_answer
from monitor.plugin import (
    Answer,
    HttpOptions,
    Measure,
    Observation,
    Reading,
    Vantage,
    down,
    up,
)
from monitor.plugin.http import (
    Examination,
    Fields,
    HeaderValues,
    Wallet,
    all_codes,
    check_method,
    check_names,
    check_readings,
    check_values,
    fault_of,
    reason_of,
    secret_fields,
    sendable,
    words_of,
    written,
)

if TYPE_CHECKING:
    from datashare_monitor_oauth2.probe import OAuth2Probe
    from datashare_monitor_oauth2.session import SessionProbe

    Options: TypeAlias = OAuth2Probe | SessionProbe

MOST_EXAMINED = 4 * 1024 * 1024
"""Bytes of a body that is parsed: more would keep everybody else waiting."""
_REFUSAL = re.compile(r"""error\s*=\s*"(invalid_request|invalid_token|insufficient_scope)\"""", re.ASCII)
"""The words of RFC 6750, 3.1."""


def check(options: "Options", own: tuple[Measure, ...]) -> None:
    """Return if the options of the call make sense together.

    Raises:
        ValueError: They do not; it says what to write instead.
    """
    check_method(options.method)
    check_headers("", options.headers, options.http_headers)
    all_codes(options.valid_status_codes)
    check_readings(options.readings, own)
    if options.body_size_limit > MOST_EXAMINED:
        raise ValueError("body_size_limit can be 4MiB at most")
    if options.degraded_over and options.down_over and options.degraded_over >= options.down_over:
        raise ValueError("degraded_over must be less than down_over")


def check_headers(where: str, headers: Mapping[str, str], secret: Mapping[str, HeaderValues]) -> None:
    """Return if these headers can be sent with one request.

    Raises:
        ValueError: They cannot.
    """
    check_names(f"{where}headers", headers)
    check_values(f"{where}headers", headers.items())
    check_names(f"{where}http_headers", secret)
    check_values(f"{where}http_headers", ((name, text) for name, one in secret.items() for text in one.values))
    if twice := {name.lower() for name in headers} & {name.lower() for name in secret}:
        raise ValueError(
            f"the header {', '.join(sorted(twice))} is in {where}headers and in {where}http_headers; write it once"
        )


@dataclass(frozen=True, slots=True)
class Called:
    """An answer, and the seconds it took."""

    answer: Answer
    took: float


class Api:
    """The call of one probe, made ready."""

    __slots__ = ("_codes", "_examination", "_http", "_options")

    def __init__(self, options: "Options") -> None:
        self._options = options
        self._codes = all_codes(options.valid_status_codes) or range(200, 300)
        self._examination = Examination(options.assertions, options.readings, options.degraded_over, options.down_over)
        self._http = HttpOptions(
            tls_config=options.tls_config,
            follow_redirects=options.follow_redirects,
            max_body=options.body_size_limit,
        )

    def accepts(self, status: int) -> bool:
        """Tell whether a good answer may have this status."""
        return status in self._codes

    async def call(self, vantage: Vantage, wallet: Wallet, fields: Fields, body: str) -> Called:
        """Send the request with these fields beside the secret ones.

        Raises:
            ProbeError: There is no answer, or a secret cannot be read or sent.
            OSError: There is no connection, or it broke.
        """
        headers = sendable((*fields, *secret_fields(self._options.http_headers, wallet)))
        began = perf_counter()
        answer = await vantage.http.request(
            self._options.method,
            self._options.target,
            headers=headers,
            body=body.encode() if body else None,
            options=self._http,
        )
        return Called(answer, perf_counter() - began)

    def refused(self, called: Called) -> Observation | None:
        """Return the verdict on a status that no good answer has, or None."""
        answer, status = called.answer, called.answer.status
        if status in self._codes:
            return None
        reason = reason_of(answer)
        words = f"answered {status}{said(answer)}, expected {written(self._options.valid_status_codes)}"
        return down(
            reason, words, *of_answer(answer, called.took), fault=fault_of(answer) or self._options.owners.of(reason)
        )

    async def judged(self, called: Called, vantage: Vantage, wallet: Wallet, detail: str = "") -> Observation:
        """Return the verdict on an answer whose status is good."""
        found, more = await self._examination.find(called.answer, called.took, wallet.masked, vantage.judged)
        readings: tuple[Reading, ...] = (*of_answer(called.answer, called.took), *more)
        if found is not None:
            fault = self._options.owners.of(found.reason)
            return Observation(found.status, found.reason, found.detail, readings, fault)
        return up(*readings, detail=f"answered {called.answer.status}{detail}")


def said(answer: Answer) -> str:
    """Return what an answer adds to a refusal, in words that are known and hold nothing personal."""
    word = _REFUSAL.search((answer.header("www-authenticate") or "")[:1000])
    parts = [*([word[1]] if word else []), *words_of(answer)]
    return f" ({', '.join(parts)})" if parts else ""
