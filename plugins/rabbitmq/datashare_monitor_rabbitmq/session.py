"""A login at a RabbitMQ server, and one question."""

from dataclasses import dataclass

from pamqp.commands import Channel, Connection, Queue

from datashare_monitor_rabbitmq.frames import LARGEST_FRAME, Closed, Frames
from monitor.plugin import ProbeError, Reason, Stream, Vantage

ABOUT_US: dict[str, object] = {
    "product": "datashare-monitor",
    "capabilities": {"authentication_failure_close": True},
}
CHANNEL = 1
ACCESS_REFUSED = 403
REASONS = {
    320: (Reason.SERVICE_FAULT, "the server closes its connections"),
    ACCESS_REFUSED: (Reason.FORBIDDEN, "this user may not look at the queue"),
    404: (Reason.CONTENT, "there is no such queue"),
    405: (Reason.FORBIDDEN, "the queue is exclusive to another connection"),
    406: (Reason.MISMATCH, "the server refuses the question"),
    506: (Reason.THROTTLED, "the server is out of resources"),
    530: (Reason.FORBIDDEN, "there is no such vhost, or this user may not use it"),
    541: (Reason.SERVICE_FAULT, "the server failed"),
}
"""What the codes of AMQP mean. The server's own words are left out: they hold the names of users and queues."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who we are: a name and a password, or whoever the client certificate names when there is none."""

    username: str
    password: str
    vhost: str

    @property
    def mechanism(self) -> str:
        """What SASL calls it."""
        return "PLAIN" if self.username else "EXTERNAL"

    @property
    def response(self) -> str:
        """What SASL wants of it."""
        return f"\0{self.username}\0{self.password}" if self.username else ""


@dataclass(frozen=True, slots=True)
class Depth:
    """What a passive declaration tells: messages that are ready, and consumers."""

    ready: int
    consumers: int


async def asked(stream: Stream, login: Login, queue: str, vantage: Vantage) -> Depth | None:
    """Log in and ask for a queue, which is neither made nor changed; None without one.

    Raises:
        ProbeError: It came to nothing, for a reason that is known.
        OSError: The connection broke.
    """
    frames = Frames(stream)
    try:
        with vantage.phase("login"):
            await _log_in(frames, login)
        depth = None
        if queue:
            with vantage.phase("ask"):
                await frames.ask(Channel.Open(), Channel.OpenOk, CHANNEL)
                told = await frames.ask(Queue.Declare(queue=queue, passive=True), Queue.DeclareOk, CHANNEL)
                depth = Depth(told.message_count or 0, told.consumer_count or 0)
        await frames.ask(Connection.Close(reply_code=200, reply_text="", class_id=0, method_id=0), Connection.CloseOk)
    except Closed as closed:
        reason, detail = REASONS.get(closed.code, (Reason.STATUS, "the server breaks off"))
        raise ProbeError(reason, f"{detail} ({closed.code})") from None
    return depth


async def _log_in(frames: Frames, login: Login) -> None:
    start = await frames.begin()
    if login.mechanism not in str(start.mechanisms).split():
        raise ProbeError(Reason.UNAUTHORIZED, f"the server offers no login by {login.mechanism}")
    try:
        tune = await frames.ask(
            Connection.StartOk(
                client_properties=ABOUT_US,  # type: ignore[arg-type]
                mechanism=login.mechanism, response=login.response, locale="en_US",
            ),
            Connection.Tune,
        )  # fmt: skip
    except Closed as closed:
        if closed.code == ACCESS_REFUSED:
            raise ProbeError(Reason.UNAUTHORIZED, f"the login was refused ({closed.code})") from None
        raise
    frame_max = min(int(tune.frame_max or LARGEST_FRAME), LARGEST_FRAME)
    await frames.tell(Connection.TuneOk(channel_max=CHANNEL, frame_max=frame_max, heartbeat=0))
    await frames.ask(Connection.Open(virtual_host=login.vhost), Connection.OpenOk)
