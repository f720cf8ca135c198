"""The country: which pieces it has, which of them are in trouble, and what is served where."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain

from monitor.demo import offices, troubles
from monitor.demo.agencies import DemoAgency, agencies
from monitor.demo.answer import Behaviour
from monitor.demo.connections import NEW_HUB, OLD_HUB, connection
from monitor.demo.nation import nationals
from monitor.demo.piece import Piece
from monitor.demo.styles import LOOKS, TEMPLATES, Style
from monitor.demo.troubles import Trouble

DEFAULT_CHECKS = 300
BUSY_COMMUNES = 40
"""One in so many is in trouble."""
EVERY_DATA_CENTRE = 14
"""One agency in so many has a data centre of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a country, and which of all those as large.

    Attributes:
        is_calm: Whether nothing is wrong with it by itself: what goes wrong a scenario says.
    """

    agencies: int = 56
    checks: int = DEFAULT_CHECKS
    seed: int = 1
    is_calm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """All there is.

    Attributes:
        pieces: With exactly as many checks as asked for.
        troubles: By check id, what is wrong; the other checks are healthy.
    """

    size: Size
    agencies: tuple[DemoAgency, ...]
    pieces: tuple[Piece, ...]
    troubles: Mapping[str, Trouble]

    def door(self, piece: Piece) -> Trouble | None:
        """Return the trouble of a piece that is a matter of its door, or None."""
        struck = (self.troubles.get(check) for check, _ in piece.checks)
        return next((trouble for trouble in struck if trouble in troubles.DOORS), None)

    def routes(self) -> dict[bytes, Behaviour]:
        """Return what each path answers; communes in good health are left out, their ending serves them."""
        found: dict[bytes, Behaviour] = {}
        for piece in self.pieces:
            for check, style in piece.checks:
                trouble = self.troubles.get(check)
                look = LOOKS[style]
                if not look.path or (piece.is_crowd and trouble is None):
                    continue
                served = look.well if trouble is None else troubles.behaviour(trouble, check, self.size.seed)
                found[f"/{piece.target}{look.path}".encode()] = served
        return found

    def struck(self, style: Style) -> frozenset[str]:
        """Return the pieces, as ``agency/id``, of which the check of a style is in trouble."""
        ending = f"/{style}"
        return frozenset(check.removesuffix(ending) for check in self.troubles if check.endswith(ending))

    def reports(self) -> dict[str, bool]:
        """Return the checks whose targets report in by themselves, and whether all is well with them."""
        checks = (check for piece in self.pieces for check, style in piece.checks if style is Style.BACKUP)
        return {check: check not in self.troubles for check in checks}

    def names(self) -> frozenset[str]:
        """Return the DNS names that exist."""
        asked = (piece for piece in self.pieces if "name" in piece.templates)
        return frozenset(domain(piece) for piece in asked if f"{piece.target}/{Style.NAME}" not in self.troubles)


def domain(piece: Piece) -> str:
    """Return the DNS name of a piece."""
    return f"{piece.id}.{piece.agency}.example"


def people(target: str) -> str:
    """Return the name in a directory below which the people of a piece are."""
    agency, _, piece = target.partition("/")
    return f"ou={piece},dc={agency},dc=example"


def mailer(target: str) -> str:
    """Return the name under which a piece is talked to over SMTP."""
    return f"{'.'.join(reversed(target.split('/')))}.example"


def country(size: Size, today: date) -> Country:
    """Compose the country; the same for the same arguments.

    Raises:
        ValueError: There are not so many agencies.
    """
    everybody = agencies(size.agencies)
    settled: list[Piece] = []
    missing = size.checks
    for piece in chain(_settled(everybody, today, size.seed), offices.communes(everybody)):
        if missing < len(TEMPLATES["commune"].styles) and piece.is_crowd:
            settled += offices.last(everybody[0], missing)
            break
        if len(piece.checks) <= missing:
            settled.append(piece)
            missing -= len(piece.checks)
    if size.is_calm:
        return Country(size=size, agencies=everybody, pieces=tuple(settled), troubles={})
    struck = troubles.deal([check for piece in settled if not piece.is_crowd for check in piece.checks], size.seed)
    crowd = [piece for piece in settled if piece.is_crowd]
    busy = {f"{piece.target}/{Style.LOGIN}": Trouble.BUSY for piece in crowd[::BUSY_COMMUNES]}
    return Country(size=size, agencies=everybody, pieces=tuple(settled), troubles={**struck, **busy})


def _settled(everybody: tuple[DemoAgency, ...], today: date, seed: int) -> Iterator[Piece]:
    """Yield the pieces in the order of their weight."""
    present = {agency.id for agency in everybody}
    owned = [national for national in nationals() if national.agency in present]
    yield from (national.piece() for national in owned)
    hubs = frozenset({OLD_HUB, NEW_HUB, *(f"{agency.id}/lgsp" for agency in everybody)})
    hubs = frozenset(hub for hub in hubs if hub.partition("/")[0] in present)
    for agency in everybody:
        yield offices.platform(agency)
        yield offices.one_stop(agency)
    used = [national for national in owned if national.short[0]]
    first, second, rest = used[:1], used[1:2], used[2:]
    for group in (first, [*second, None], rest):
        for number, agency in enumerate(everybody):
            if group is first and number % EVERY_DATA_CENTRE == 0:
                yield offices.data_centre(agency)
            for national in group:
                if national is None:
                    yield from offices.further(agency)
                elif national.agency != agency.id and (national.for_all or agency.is_local):
                    is_late = national is used[0] and number % 19 == 10
                    yield connection(agency, national, hubs, today, seed, is_late=is_late)


ENDINGS: Mapping[bytes, Behaviour] = {
    LOOKS[style].path.removeprefix("/").encode(): LOOKS[style].well for style in TEMPLATES["commune"].styles
}
"""What the paths of the crowd answer, by their ending."""
