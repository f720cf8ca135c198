"""Frames of AMQP 0-9-1 over a connection of the vantage; pamqp writes and reads what is in them."""

import struct
from typing import TypeVar

from pamqp import commands, constants, exceptions, frame, header, heartbeat
from pamqp.base import Frame

from monitor.plugin import ProbeError, Reason, Stream

LARGEST_FRAME = 8 * 1024
"""What RabbitMQ lets a client begin with since 4.1, and the most that we tune to; no answer to us comes near. Tables of
tables fill a larger one with more than the loop can be held for."""
MOST_BYTES = 64 * 1024
MOST_FRAMES = 200
MOST_NESTED = 100
"""Tables and lists in a frame; a RabbitMQ server's greeting has one, of its capabilities."""
HEAD = struct.Struct(">BHI")
PASSED_OVER = (heartbeat.Heartbeat, commands.Connection.Blocked, commands.Connection.Unblocked)

Method = TypeVar("Method", bound=Frame)


class Closed(Exception):  # noqa: N818 - the protocol's word
    """The server closes the connection or the channel, and says why."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Frames:
    """Sends methods and waits for their answers."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._frames = 0
        self._bytes = 0

    async def begin(self) -> commands.Connection.Start:
        """Say which protocol we speak, and return how the server takes it."""
        await self._stream.write(header.ProtocolHeader().marshal())
        return await self._expect(commands.Connection.Start)

    async def ask(self, method: Frame, answer: type[Method], channel: int = 0) -> Method:
        """Send a method and return its answer.

        Raises:
            Closed: The server closes the connection or the channel instead.
            ProbeError: The answer is another one, or cannot be read.
            OSError: The connection broke.
        """
        await self.tell(method, channel)
        return await self._expect(answer)

    async def tell(self, method: Frame, channel: int = 0) -> None:
        """Send a method that has no answer."""
        await self._stream.write(frame.marshal(method, channel))

    async def _expect(self, answer: type[Method]) -> Method:
        while True:
            found = await self._read()
            if isinstance(found, answer):
                return found
            if isinstance(found, commands.Connection.Close | commands.Channel.Close):
                raise Closed(found.reply_code or 0)
            if not isinstance(found, PASSED_OVER):
                raise ProbeError(Reason.PROTOCOL, f"answered with {type(found).__name__}, not {answer.__name__}")

    async def _read(self) -> frame.FrameTypes:
        head = await self._stream.read_exactly(HEAD.size)
        if head.startswith(constants.AMQP):
            raise ProbeError(Reason.PROTOCOL, "the server speaks another version of AMQP")
        kind, _, size = HEAD.unpack(head)
        if kind not in {constants.FRAME_METHOD, constants.FRAME_HEARTBEAT}:
            raise ProbeError(Reason.PROTOCOL, f"a frame of type {kind}, which is not AMQP or not asked for")
        self._frames += 1
        self._bytes += size
        if size > LARGEST_FRAME or self._bytes > MOST_BYTES or self._frames > MOST_FRAMES:
            raise ProbeError(
                Reason.TOO_LARGE, f"a frame of {size} bytes, {self._frames} frames of {self._bytes} bytes altogether"
            )
        data = head + await self._stream.read_exactly(size + 1)
        if data.count(b"F\0") + data.count(b"A\0") > MOST_NESTED:
            raise ProbeError(Reason.PROTOCOL, "a frame with too many tables and lists")
        try:
            return frame.unmarshal(data)[2]
        except (exceptions.PAMQPException, ArithmeticError, LookupError, TypeError, ValueError, OSError) as error:
            raise ProbeError(Reason.PROTOCOL, f"a frame that cannot be read: {type(error).__name__}") from None
        except (struct.error, RecursionError) as error:
            raise ProbeError(Reason.PROTOCOL, f"a frame that cannot be read: {type(error).__name__}") from None
