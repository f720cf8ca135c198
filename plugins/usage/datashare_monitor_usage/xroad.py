"""The source ``xroad``: operational data of a security server."""

import asyncio
import struct
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from datashare_monitor_usage.collecting import Collecting, Complaint
from datashare_monitor_usage.operational_data import FaultError, Page, page, question
from datashare_monitor_usage.packed import records_in
from datashare_monitor_usage.records import Counter
from datashare_monitor_usage.window import Window
from monitor.plugin import Duration, HttpOptions, ProbeError, Reason, Size, TlsConfig, Url

HEADERS = {"Content-Type": "text/xml; charset=UTF-8", "Accept-Encoding": "identity"}

MOST_RECORDS = 1_000_000
"""Of one page; a security server has 10,000 on it."""


@dataclass(frozen=True, kw_only=True)
class XRoad:
    """Operational data of an X-Road security server, page by page.

    Attributes:
        url: Where the security server takes requests of its clients.
        client: Who asks, ``INSTANCE/CLASS/MEMBER`` or ``INSTANCE/CLASS/MEMBER/SUBSYSTEM``.
        security_server: Whose records, ``INSTANCE/CLASS/MEMBER/SERVER``.
        side: Which of the two records of a transaction counts: that of the consumer's server or the provider's.
        withheld: Records younger than this are not asked for; a security server withholds those of a minute.
        late_window: How long a record may come after younger ones; so far back each run looks again.
        max_records: After so many a run ends, and the next one goes on.
        body_size_limit: The longest answer, packed.
        records_size_limit: The longest one, unpacked.
    """

    url: Url
    client: str
    security_server: str
    side: Literal["client", "producer"] = "producer"
    withheld: Duration = timedelta(seconds=65)
    late_window: Duration = timedelta(seconds=60)
    max_records: int = 200_000
    body_size_limit: Size = 16 * 1024 * 1024
    records_size_limit: Size = 64 * 1024 * 1024
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        if self.client.count("/") not in {2, 3} or not all(self.client.split("/")):
            raise ValueError("client: write INSTANCE/CLASS/MEMBER/SUBSYSTEM, such as VN/GOV/NDC/MONITOR")
        if self.security_server.count("/") != 3 or not all(self.security_server.split("/")):
            raise ValueError("security_server: write INSTANCE/CLASS/MEMBER/SERVER, such as VN/GOV/NDC/SS1")
        if self.max_records < 1:
            raise ValueError("max_records: write 1 or more")

    async def collect(self, run: Collecting) -> Complaint | None:
        """Count page by page, until the records end or the run has to."""
        state = run.state
        end = run.now - int(self.withheld.total_seconds())
        window = _window(state.rest, state.until)
        window.raise_floor(state.until - int(self.late_window.total_seconds()))
        start, is_first, complaint = window.floor, True, None
        counter = Counter(self.side, run, window)
        while state.until <= end and start <= end:
            try:
                found = await self._ask(run, start, end)
            except FaultError as error:
                if is_first:
                    raise
                complaint = Complaint(error.reason, error.detail)
                break
            await self._count(found, counter)
            following = end + 1 if found.next_from is None else found.next_from
            if following <= start:
                complaint = Complaint(Reason.PROTOCOL, "the page after one does not begin after it")
                break
            # A second is never divided between two pages, so all before the next one has been seen.
            state.until = max(state.until, min(following, end + 1))
            window.trim()
            start, is_first = following, False
            if not found.count or counter.seen >= self.max_records or not run.may_go_on:
                break
        window.raise_floor(state.until - int(self.late_window.total_seconds()))
        window.trim()
        state.rest = window.packed()
        return complaint

    async def _count(self, found: Page, counter: Counter) -> None:
        if found.count > MOST_RECORDS:
            raise ProbeError(Reason.TOO_LARGE, f"a page of {found.count} records, at most {MOST_RECORDS}")
        count = 0
        for records in records_in(found.records, self.records_size_limit):
            count += len(records)
            if count > found.count:
                break
            counter.count(records)
            await asyncio.sleep(0)
        if count != found.count:
            raise ProbeError(Reason.CONTENT, f"the answer says that it has {found.count} records, and has not")

    async def _ask(self, run: Collecting, start: int, end: int) -> Page:
        client, server = self.client.split("/"), self.security_server.split("/")
        options = HttpOptions(
            tls_config=self.tls_config, max_body=self.body_size_limit, follow_redirects=False, is_timed=False
        )
        with run.vantage.phase("page"):
            answer = await run.vantage.http.request(
                "POST", self.url, headers=HEADERS, body=question(client, server, start, end), options=options
            )
        if answer.status not in {200, 500}:  # a Fault comes with 500
            raise ProbeError(Reason.STATUS, f"answered {answer.status}, expected 200")
        return page(answer)


def _window(rest: bytes, until: int) -> Window:
    if not rest:
        return Window(until)
    try:
        return Window.unpacked(rest)
    except struct.error as error:
        raise ProbeError(Reason.PLUGIN, "it cannot be read which records have been counted") from error
