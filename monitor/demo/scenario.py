"""The scenario: seven faults that come over a healthy country one after the other, each long enough to be seen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from monitor.demo import answer
from monitor.demo.answer import Behaviour, Reply, always, published
from monitor.demo.connections import OLD_HUB
from monitor.demo.piece import Piece
from monitor.demo.styles import HOUR_SECONDS, LOOKS

SILENT = Reply(b"")
STALE = published(75 * HOUR_SECONDS)
STALLING = "bo-tai-chinh/insurance-db"
STALE_FEED = "bo-tu-phap/civil-status-db"
ENDING = "bo-nong-nghiep-va-moi-truong/land-db"
"""The system whose certificate ends: it has a door of its own."""
DRIFTING = "bo-tu-phap/legal-document-db"
REVOKED = "ha-noi/population"
CUT_OFF = "da-nang"

Strike = Callable[[Piece, str], Behaviour | None]
"""What a path of a piece answers while the act is on; None when the act leaves it alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One fault.

    Attributes:
        told: What happens, in a sentence.
        strike: What it does to the answers; a certificate is not one of them.
        is_seen: Tells of a connection whether the act breaks it; None when an act breaks none.
        is_of_certificate: Whether the certificate of the door of ``ENDING`` ends.
    """

    told: str
    strike: Strike
    is_seen: Callable[[Piece], bool] | None
    is_of_certificate: bool = False

    def connection(self, pieces: Sequence[Piece]) -> str:
        """Return the first connection that the act breaks; empty when it breaks none."""
        is_seen = self.is_seen
        return next((one.target for one in pieces if one.provider and is_seen is not None and is_seen(one)), "")


def _hub(piece: Piece, _path: str) -> Behaviour | None:
    return always(answer.UNAVAILABLE) if piece.target == OLD_HUB or OLD_HUB in piece.via else None


def _database(piece: Piece, _path: str) -> Behaviour | None:
    if piece.target == STALLING:
        return always(SILENT)
    return always(answer.GATEWAY_TIMEOUT) if piece.provider == STALLING else None


def _token(piece: Piece, _path: str) -> Behaviour | None:
    return always(answer.UNAUTHORIZED) if piece.target == REVOKED else None


def _feed(piece: Piece, path: str) -> Behaviour | None:
    return STALE if piece.target == STALE_FEED and path == "/newest" else None


def _certificate(_piece: Piece, _path: str) -> Behaviour | None:
    return None


def _contract(piece: Piece, path: str) -> Behaviour | None:
    return always(answer.DRIFTED) if piece.target == DRIFTING and path == "/openapi.json" else None


def _network(piece: Piece, _path: str) -> Behaviour | None:
    return always(SILENT) if piece.agency == CUT_OFF else None


ACTS: tuple[Act, ...] = (
    Act(
        told="A hub falls: NDXP answers 503, and so does all that goes through it.",
        strike=_hub,
        is_seen=lambda one: OLD_HUB in one.via,
    ),
    Act(
        told="A provider's database stalls: that of insurance answers nobody.",
        strike=_database,
        is_seen=lambda one: one.provider == STALLING,
    ),
    Act(
        told="A token is revoked: Hà Nội's, for population.",
        strike=_token,
        is_seen=lambda one: one.target == REVOKED,
    ),
    Act(
        told="A feed goes stale: civil status publishes nothing new.",
        strike=_feed,
        is_seen=lambda one: one.provider == STALE_FEED,
    ),
    Act(
        told="A certificate ends: that of the land database.",
        strike=_certificate,
        is_seen=lambda one: one.provider == ENDING,
        is_of_certificate=True,
    ),
    Act(
        told=f"A contract drifts: {DRIFTING} renames a path. Its check is degraded, and no connection breaks.",
        strike=_contract,
        is_seen=None,
    ),
    Act(
        told="An agency's own network goes: nothing of Đà Nẵng answers.",
        strike=_network,
        is_seen=lambda one: one.agency == CUT_OFF,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """When each act is on. It begins anew after the last.

    Attributes:
        began: In seconds since the epoch.
        act_seconds: How long a fault lasts; half as long everything is well before it.
    """

    began: float
    act_seconds: float

    @property
    def turn_seconds(self) -> float:
        """From the beginning of one act to that of the next."""
        return 1.5 * self.act_seconds

    def on(self, now: float) -> int | None:
        """Return which act is on, or None between two."""
        turn, into = divmod(now - self.began, self.turn_seconds)
        return None if turn < 0 or into < self.turn_seconds - self.act_seconds else int(turn) % len(ACTS)

    def edges(self) -> Iterator[tuple[float, int, bool]]:
        """Yield when acts begin (True) and end, in seconds since the epoch, for ever."""
        for turn in count():
            end = self.began + (turn + 1) * self.turn_seconds
            yield end - self.act_seconds, turn % len(ACTS), True
            yield end, turn % len(ACTS), False

    def played(self, pieces: tuple[Piece, ...], routes: Mapping[bytes, Behaviour]) -> dict[bytes, Behaviour]:
        """Return what each path answers, the acts included."""
        found = dict(routes)
        for piece in pieces:
            for _, style in piece.checks:
                path = LOOKS[style].path
                struck = {number: strike for number, act in enumerate(ACTS) if (strike := act.strike(piece, path))}
                route = f"/{piece.target}{path}".encode()
                if path and struck and route in found:
                    found[route] = self._turned(found[route], struck)
        return found

    def _turned(self, well: Behaviour, struck: Mapping[int, Behaviour]) -> Behaviour:
        def answered(now: float) -> Reply:
            on = self.on(now)
            return (well if on is None else struck.get(on, well))(now)

        return answered
