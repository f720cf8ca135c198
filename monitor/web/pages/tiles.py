"""The numbers at the top: one sentence, and a tile for each state."""

from monitor.observation import Status
from monitor.web.pages.markup import Markup, element
from monitor.web.pages.survey import Tally
from monitor.web.pages.words import MAINTENANCE, STATUSES, SYMBOLS, Say


def headline(tally: Tally, say: Say) -> str:
    """Return the state of everything in one sentence."""
    if not tally.total:
        return say("Chưa có kiểm tra nào", "No checks yet")
    if tally.down:
        many = "check is" if tally.down == 1 else "checks are"
        return say(f"{tally.down} kiểm tra đang gián đoạn", f"{tally.down} {many} down")
    if tally.degraded:
        many = "check is" if tally.degraded == 1 else "checks are"
        return say(f"{tally.degraded} kiểm tra bị suy giảm", f"{tally.degraded} {many} degraded")
    if tally.unknown - tally.pending:
        count = tally.unknown - tally.pending
        many = "check is" if count == 1 else "checks are"
        return say(f"Chưa rõ {count} kiểm tra", f"{count} {many} unknown")
    if tally.pending:
        return say("Đang chờ những kết quả đầu tiên", "Waiting for the first results")
    return say("Mọi thứ đang hoạt động", "Everything is up")


def tiles(tally: Tally, say: Say) -> Markup:
    """Return a tile for each state; together they are all checks."""
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
                element("dd", f"{count:,}".replace(",", "\u202f")),
                class_=f"tile {name}" + ("" if count else " none"),
            )
            for name, symbol, names, count in states
        ],
        class_="tiles",
    )
