"""What a conversation is made of, and what is taken from it."""

import re
from dataclasses import dataclass, field

from datashare_monitor_tcp.template import unknown_groups
from monitor.plugin import Pattern, TlsFacts

LABEL = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
LONGEST_LABEL = 128
"""Characters of a label's value that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectLabel:
    """A label of ``probe_expect_info``, made of what ``expect`` matched.

    Attributes:
        value: A text in which ``$1`` is the first group of ``expect``.
        values: What it may be; anything else is shown as ``other``. A check needs it: a target's text is no label.
        name: Of the label.
    """

    name: str
    value: str
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not LABEL.fullmatch(self.name):
            raise ValueError("the name of a label is made of letters, digits and _, and begins with no digit and no __")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResponse:
    r"""One step of a conversation. What it has of these is done in this order.

    Attributes:
        expect: Waits for a line that matches; others are passed over.
        labels: Keeps what it matched as labels of ``probe_expect_info``.
        expect_bytes: Waits for exactly these bytes, a text in UTF-8. Escapes are YAML's, in double quotes: ``"\x01"``.
        send: Sends this and a newline; ``$1`` is the first group of ``expect``, ``$$`` a dollar sign. (In a check
            ``${1}`` is a variable of the target, unless it is written ``$${1}``.) Escapes are YAML's, in double quotes:
            ``"QUIT\r"`` where a server insists on both line ends.
        starttls: Goes on over TLS.
    """

    expect: Pattern | None = None
    labels: tuple[ExpectLabel, ...] = ()
    expect_bytes: str = ""
    send: str = ""
    starttls: bool = False

    def __post_init__(self) -> None:
        if self.expect is None and not (self.expect_bytes or self.send or self.starttls):
            raise ValueError("a step that does nothing; write expect, expect_bytes, send or starttls")
        if self.expect is None:
            if self.labels:
                raise ValueError("labels are made of what expect matches; write expect, with a group in parentheses")
            return
        for text in (self.send, *(label.value for label in self.labels)):
            for place in unknown_groups(text, self.expect):
                raise ValueError(f"expect has no group for {place}; write $1 for its first group, $$ for a dollar sign")


@dataclass(slots=True)
class Captured:
    """What a conversation brought to light, kept up to the point where it failed.

    Attributes:
        labels: Of ``probe_expect_info``: text of the target, cleaned and cut at 128 characters.
        tls: What the handshake showed, also when the certificate was refused.
    """

    labels: dict[str, str] = field(default_factory=dict)
    tls: TlsFacts | None = None


def cleaned(text: str) -> str:
    """Return a target's text as it may stand in a label of one answer: short, and without control characters."""
    cut = text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in cut)
