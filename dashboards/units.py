"""How values are written. Nothing is told by colour alone: a state has its symbol and its word."""

from collections.abc import Mapping

from dashboards.query import Json
from dashboards.words import DEGRADED, DOWN, UNKNOWN, UP, Language, Words

GREEN, YELLOW, RED, BLUE, PURPLE, PLAIN = "green", "yellow", "red", "blue", "purple", "text"
SINCE = "dateTimeFromNow"
"""Grafana's unit of a time in milliseconds since the epoch, told as how long ago it was."""
STATUS, WELL, PACE, MEMBER = "status", "well", "pace", "member"
MEANINGS: Mapping[str, Mapping[int, tuple[Words, str]]] = {
    STATUS: {-1: (UNKNOWN, PURPLE), 0: (DOWN, RED), 1: (DEGRADED, YELLOW), 2: (UP, GREEN)},
    WELL: {0: (Words("✕ Hỏng", "✕ Not well"), RED), 1: (Words("● Tốt", "● Well"), GREEN)},
    PACE: {0: (Words("✕ Không kịp", "✕ Too late"), RED), 1: (Words("● Kịp", "● In time"), GREEN)},
    MEMBER: {-1: (UNKNOWN, PURPLE), 0: (Words("✕ Chưa kết nối", "✕ Not connected"), RED)},
}
"""Units of ours: what each value means."""


def written(unit: str, language: Language) -> Json:
    """Return how values of a unit are written: what has a meaning by symbol, word and colour together."""
    if unit not in MEANINGS:
        return {"unit": unit} if unit else {}
    options = {
        str(value): {"text": words.in_(language), "color": colour, "index": at}
        for at, (value, (words, colour)) in enumerate(MEANINGS[unit].items())
    }
    return {"unit": "none", "mappings": [{"type": "value", "options": options}]}


def thresholds(steps: tuple[tuple[float | None, str], ...]) -> Json:
    """Return from which value on which colour; the first from the beginning."""
    return {"mode": "absolute", "steps": [{"value": value, "color": colour} for value, colour in steps]}
