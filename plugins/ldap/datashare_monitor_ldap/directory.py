"""A conversation with a directory over a connection that somebody else opened (RFC 4511)."""

from collections.abc import AsyncIterator

from datashare_monitor_ldap import ber
from datashare_monitor_ldap.ber import Element
from datashare_monitor_ldap.results import SUCCESS, Result, result
from monitor.plugin import ProbeError, Reason, Stream

BIND, BOUND, UNBIND, SEARCH, ENTRY, DONE, REFERENCE, EXTENDED, EXTENSION, INTERMEDIATE = (
    0x60, 0x61, 0x42, 0x63, 0x64, 0x65, 0x73, 0x77, 0x78, 0x79,
)  # fmt: skip
SIMPLE = 0x80
START_TLS = "1.3.6.1.4.1.1466.20037"
MOST_BYTES = 1024 * 1024
"""All that a directory may send during one look."""
MOST_MESSAGES = 2000
"""As many entries as are ever asked for, and as many references beside them."""


class Directory:
    """Numbers our messages, and takes the answers to them."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._number = 0
        self._seen = 0
        self._messages = 0

    async def start_tls(self) -> Result:
        """Ask to go on over TLS; the caller then does."""
        await self._send(ber.written(EXTENDED, ber.octets(START_TLS, 0x80)))
        return await self._result(EXTENSION)

    async def bind(self, name: str, password: str) -> Result:
        """Say who we are: nobody in particular when both are empty."""
        await self._send(ber.written(BIND, ber.integer(3), ber.octets(name), ber.octets(password, SIMPLE)))
        return await self._result(BOUND)

    async def search(self, request: bytes) -> AsyncIterator[Element | Result]:
        """Yield the entries found, and at last the result."""
        await self._send(ber.written(SEARCH, request))
        while True:
            operation = await self._next()
            if operation.tag == ENTRY:
                yield operation
            elif operation.tag == DONE:
                yield read(operation)
                return
            elif operation.tag not in {REFERENCE, INTERMEDIATE}:
                raise ProbeError(Reason.PROTOCOL, f"answered a search with an operation {operation.tag:#04x}")

    async def unbind(self) -> None:
        """Say good-bye; there is no answer to it."""
        await self._send(ber.written(UNBIND))

    async def _send(self, operation: bytes) -> None:
        self._number += 1
        await self._stream.write(ber.written(ber.SEQUENCE, ber.integer(self._number), operation))

    async def _result(self, tag: int) -> Result:
        operation = await self._next()
        if operation.tag != tag:
            raise ProbeError(Reason.PROTOCOL, f"answered with an operation {operation.tag:#04x}, expected {tag:#04x}")
        return read(operation)

    async def _next(self) -> Element:
        """Return the next operation that answers ours."""
        try:
            number, operation = (await self._message()).inside()[:2]
            if number.number() == self._number:
                return operation
        except ValueError as error:
            raise ProbeError(Reason.PROTOCOL, f"not LDAP: {error}") from error
        if number.number() == 0 and operation.tag == EXTENSION:
            told = read(operation)
            reason = told.reason if told.code != SUCCESS else Reason.DISCONNECTED
            raise ProbeError(reason, f"the directory ends the connection: {told}")
        raise ProbeError(Reason.PROTOCOL, f"answered message {number.number()}, asked was {self._number}")

    async def _message(self) -> Element:
        tag, first = await self._stream.read_exactly(2)
        if tag != ber.SEQUENCE:
            raise ValueError(f"a message begins with the byte {tag:#04x}")
        more = ber.size_bytes(first)
        length = int.from_bytes(await self._stream.read_exactly(more)) if more else first
        self._seen += length + 2
        if self._seen > MOST_BYTES:
            raise ProbeError(Reason.TOO_LARGE, f"more than {MOST_BYTES} bytes")
        self._messages += 1
        if self._messages > MOST_MESSAGES:
            raise ProbeError(Reason.TOO_LARGE, f"more than {MOST_MESSAGES} messages")
        return Element(tag, await self._stream.read_exactly(length) if length else b"")


def read(operation: Element) -> Result:
    """Return the result in a response.

    Raises:
        ProbeError: There is none.
    """
    try:
        return result(operation)
    except ValueError as error:
        raise ProbeError(Reason.PROTOCOL, f"not a result of LDAP: {error}") from error
