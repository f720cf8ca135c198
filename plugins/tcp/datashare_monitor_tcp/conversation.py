"""A conversation over a stream, a step at a time, in bounded memory."""

from collections import deque
from typing import Any

from datashare_monitor_tcp.steps import Captured, QueryResponse, cleaned
from datashare_monitor_tcp.template import filled
from monitor.plugin import Observation, Pattern, ProbeError, Reason, Stream, TlsConfig, down
from monitor.plugin.measures import FAILED_DUE_TO_BYTES, FAILED_DUE_TO_REGEX
from monitor.plugin.patience import awaiting

MOST_BYTES = 64 * 1024
"""What a target may say before the line we wait for."""
QUOTED = 80
"""Characters of the target's last line that a message shows."""


class Conversation:
    """What came over a stream and was not taken yet."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._lines: deque[bytes] = deque()
        self._rest = b""

    async def take(
        self, step: QueryResponse, place: str, tls_config: TlsConfig, captured: Captured
    ) -> Observation | None:
        """Go through one step; return the verdict when the target does not say what it should.

        Args:
            step: What is expected and said.
            place: Which one it is, for a person.
            tls_config: How TLS is spoken if it begins here.
            captured: Takes up what comes to light.

        Raises:
            ProbeError: It says too much, or hangs up.
            OSError: The connection broke, or TLS failed.
        """
        send = step.send
        if step.expect is not None:
            with awaiting(f"{place}: no line matched '{step.expect}' in time"):
                match, last = await self._first(step.expect)
            if match is None:
                return missing(step.expect, last)
            for label in step.labels:
                captured.labels[label.name] = cleaned(filled(label.value, match))
            send = filled(send, match)
        if wanted := step.expect_bytes.encode():
            with awaiting(f"{place}: the {len(wanted)} expected bytes did not come in time"):
                fault = await self._differing(wanted)
            if fault:
                return fault
        if send:
            with awaiting(f"{place}: what was sent was not taken in time"):
                await self._stream.write(f"{send}\n".encode())
        if step.starttls:
            if self._lines or self._rest:
                # It came in the clear, and whoever put it there wants it read as if it had come over TLS.
                raise ProbeError(Reason.PROTOCOL, "the server sent more before TLS began")
            with awaiting(f"{place}: TLS did not begin in time"):
                captured.tls = await self._stream.start_tls(tls_config)
        return None

    async def _first(self, wanted: Pattern) -> tuple[Any, bytes]:
        """Return the match of the first line that matches, or None at the end; and the last line seen."""
        passed_over, last = 0, b""
        while (line := await self._line()) is not None:
            # As Go does: a byte that is no UTF-8 is one odd character, and not the end of what "." matches.
            if match := wanted.search(line.decode("utf-8", "replace")):
                return match, line
            last = line
            passed_over += len(line) + 1
            if passed_over > MOST_BYTES:
                raise ProbeError(Reason.TOO_LARGE, f"{passed_over} bytes without a line that matches '{wanted}'")
        return None, last

    async def _line(self) -> bytes | None:
        """Return the next line without its end, which the last one needs not have; None at the end of the stream."""
        while not self._lines:
            if len(self._rest) > MOST_BYTES:
                raise ProbeError(Reason.TOO_LARGE, f"a line of more than {MOST_BYTES} bytes")
            more = await self._stream.read(8192)
            if not more:
                last, self._rest = self._rest, b""
                return last or None
            self._keep(self._rest + more)
        return self._lines.popleft().removesuffix(b"\r")

    async def _differing(self, wanted: bytes) -> Observation | None:
        """Take the bytes wanted; return the verdict as soon as one of them is another."""
        came = b"\n".join((*self._lines, self._rest))
        while wanted.startswith(came) and len(came) < len(wanted):
            more = await self._stream.read(8192)
            if not more:
                raise ProbeError(Reason.DISCONNECTED, f"closed after {len(came)} of {len(wanted)} expected bytes")
            came += more
        if came.startswith(wanted):
            self._lines.clear()
            self._keep(came[len(wanted) :])
            return None
        return unlike(wanted, came)

    def _keep(self, data: bytes) -> None:
        *lines, self._rest = data.split(b"\n")
        self._lines.extend(lines)


def missing(wanted: Pattern, last: bytes) -> Observation:
    """Return the verdict on a target that hung up before it said what was expected."""
    text = last[:QUOTED].decode("utf-8", "replace")
    quoted = f"; the last one was {text!a}" if last else ""
    return down(Reason.CONTENT, f"closed before a line matched '{wanted}'{quoted}", FAILED_DUE_TO_REGEX(1))


def unlike(wanted: bytes, came: bytes) -> Observation:
    """Return the verdict on a target that said other bytes than expected."""
    place = next((at for at, (one, two) in enumerate(zip(wanted, came, strict=False)) if one != two), len(came))
    found = f"0x{came[place]:02x}" if place < len(came) else "the end"
    return down(
        Reason.CONTENT,
        f"byte {place + 1} of {len(wanted)} is {found}, expected 0x{wanted[place]:02x}",
        FAILED_DUE_TO_BYTES(1),
    )
