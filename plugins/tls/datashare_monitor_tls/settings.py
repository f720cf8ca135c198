"""What configuration says about revocation."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from monitor.plugin import Size


class Stapled(StrEnum):
    """What is expected of the server."""

    IGNORED = "ignored"
    CHECKED = "checked"
    """It may staple nothing, unless its certificate says that it must."""
    REQUIRED = "required"


class Unanswered(StrEnum):
    """What it means when nobody says in a way that can be believed whether the certificate is revoked."""

    IGNORED = "ignored"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ocsp:
    """Whether OCSP says that the server's own certificate is revoked, or one of its authorities'.

    Attributes:
        stapled: ``checked`` judges what the server staples, ``required`` is down when it staples nothing.
        ask: Whether to ask the responder that the certificate names; the request goes by ``egress`` like any other.
        chain: Whether to ask about the authorities between the server and the root too, each its own responder.
        unanswered: What no answer that can be believed makes of the check: ``ignored``, ``degraded`` or ``down``.
    """

    stapled: Stapled = Stapled.IGNORED
    ask: bool = False
    chain: bool = False
    unanswered: Unanswered = Unanswered.DEGRADED

    def __post_init__(self) -> None:
        if self.stapled is Stapled.IGNORED and not self.ask:
            raise ValueError("ocsp looks at nothing; write stapled: checked, stapled: required or ask: true")
        if self.chain and not self.ask:
            raise ValueError("chain does nothing without ask: true; servers staple for themselves only")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crl:
    """Whether a revocation list holds the server's own certificate, or one of its authorities'.

    Attributes:
        file: A path of a list in DER, or of several in PEM; unreadable makes the check unknown.
        fetch: Whether to fetch the list from where the certificate says it is; goes by ``egress``. One that is
            believed is kept until it has to be replaced, for a day at most.
        chain: Whether to look for the authorities between the server and the root too, each in its issuer's list.
        max_size: The most bytes of a list.
        unanswered: What no list that can be believed makes of the check: ``ignored``, ``degraded`` or ``down``.
    """

    file: str | None = None
    fetch: bool = False
    chain: bool = False
    max_size: Size = 10 * 1024 * 1024
    unanswered: Unanswered = Unanswered.DEGRADED

    def __post_init__(self) -> None:
        if bool(self.file) == self.fetch:
            raise ValueError("write one of file and fetch: true under crl")
        if self.file and not PurePath(self.file).is_absolute():
            raise ValueError(
                f"{self.file[:200]!a} under crl depends on where the monitor is started; write the whole path"
            )
