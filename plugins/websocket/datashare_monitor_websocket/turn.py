"""One turn of a conversation."""

from dataclasses import dataclass

from monitor.plugin import Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of a conversation: wait for a message, then send one; each is left out when empty.

    Attributes:
        expect: A message that does not match is passed over.
        send: Sent as a text message.
    """

    expect: Pattern | None = None
    send: str = ""

    def __post_init__(self) -> None:
        if self.expect is None and not self.send:
            raise ValueError("a turn that does nothing; write expect, send or both")
