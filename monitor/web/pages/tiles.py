"""The numbers at the top: one sentence, and a tile for each state."""

from dataclasses import dataclass

from monitor.observation import Status
from monitor.web.pages.markup import Markup, element
from monitor.web.pages.survey import Tally
from monitor.web.pages.words import MAINTENANCE, STATUSES, SYMBOLS, Pair, Say


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """What is counted.

    Attributes:
        one: Both languages; of Vietnamese the same for many.
        many: English.
        all_up: The sentence when nothing is wrong.
    """

    one: Pair
    many: str
    all_up: Pair

    def counted(self, count: int) -> str:
        """Return a number of them with its verb, in English."""
        return f"{grouped(count)} {self.one[1]} is" if count == 1 else f"{grouped(count)} {self.many} are"


CHECKS = Noun(one=("kiểm tra", "check"), many="checks", all_up=("Mọi thứ đang hoạt động", "Everything is up"))
CONNECTIONS = Noun(
    one=("kết nối", "connection"), many="connections", all_up=("Mọi kết nối đang hoạt động", "All connections are up")
)


def headline(tally: Tally, noun: Noun, say: Say) -> str:
    """Return the state of everything in one sentence."""
    one, counted = noun.one[0], noun.counted
    if not tally.total:
        return say(f"Chưa có {one} nào", f"No {noun.many} yet")
    if tally.down:
        return say(f"{grouped(tally.down)} {one} đang gián đoạn", f"{counted(tally.down)} down")
    if tally.degraded:
        return say(f"{grouped(tally.degraded)} {one} bị suy giảm", f"{counted(tally.degraded)} degraded")
    if count := tally.unknown - tally.pending:
        return say(f"Chưa rõ {grouped(count)} {one}", f"{counted(count)} unknown")
    if tally.pending:
        return say("Đang chờ những kết quả đầu tiên", "Waiting for the first results")
    return say(*noun.all_up)


def tiles(tally: Tally, say: Say) -> Markup:
    """Return a tile for each state; together they are all that is counted."""
    states = [
        ("down", SYMBOLS[Status.DOWN], STATUSES[Status.DOWN], tally.down),
        ("degraded", SYMBOLS[Status.DEGRADED], STATUSES[Status.DEGRADED], tally.degraded),
        ("unknown", SYMBOLS[Status.UNKNOWN], STATUSES[Status.UNKNOWN], tally.unknown),
        ("maintenance", "◐", MAINTENANCE, tally.maintenance),
        ("up", SYMBOLS[Status.UP], STATUSES[Status.UP], tally.up),
    ]
    return element(
        "dl",
        [
            element(
                "div",
                element("dt", element("span", symbol, class_="symbol", aria_hidden="true"), say(*names)),
                element("dd", grouped(count)),
                class_=f"tile {name}" + ("" if count else " none"),
            )
            for name, symbol, names, count in states
        ],
        class_="tiles",
    )


def grouped(count: int) -> str:
    """Return a number with narrow spaces between its thousands."""
    return f"{count:,}".replace(",", "\u202f")
