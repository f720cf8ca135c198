"""What a plugin's author writes in a docstring is what operators and editors see of an option."""

from dataclasses import dataclass
from enum import StrEnum

from monitor.plugin.docstring import attributes, first_line, prose


@dataclass(frozen=True, kw_only=True)
class Told:
    """Asks for ``newest`` once.

    An answer is a JSON object
    with one key.

    Then it is judged.

    Attributes:
        url: Where to ask: ``https://…``.
        least, most: Limits of a count,
            both of them good.

    Raises:
        ValueError: The limits contradict each other.
    """

    url: str
    least: int = 0
    most: int = 5


@dataclass(frozen=True, kw_only=True)
class Silent:
    url: str


class Colour(StrEnum):
    RED = "red"


def test_attributes_are_told_one_by_one():
    assert attributes(Told) == {
        "url": "Where to ask: https://….",
        "least": "Limits of a count, both of them good.",
        "most": "Limits of a count, both of them good.",
    }


def test_first_line_and_prose_are_told_apart():
    assert first_line(Told) == "Asks for newest once."
    assert prose(Told) == ("An answer is a JSON object with one key.", "Then it is judged.")


def test_what_python_writes_by_itself_tells_nothing():
    assert (first_line(Silent), prose(Silent), attributes(Silent)) == ("", (), {})
    assert first_line(Colour) == ""
