"""Values as ready text, by family and by whom they are about; a scrape puts names, labels and values together.

Whole lines kept ready took twice the memory and three times the work at each outcome, and putting one together costs a
fifth of a microsecond. So only values are kept as text, and the labels of a check once.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from zlib import crc32

from monitor.sinks.metrics.column import Column, Part, Style
from monitor.sinks.metrics.family import Family

TOGETHER = 1000
"""How many samples of a family make one chunk: less than a millisecond."""

SPARSE = 8
"""A column of which less than this share is filled is gone through by its filled slots."""


def place_of(target: str) -> int:
    """Return a number by which targets fall into slices; the same in every process."""
    return crc32(target.encode("utf-8", "backslashreplace"))


class Store:
    """A column for each part of each family; whoever has values has a slot in every column.

    Attributes:
        samples: How many samples there are.
    """

    def __init__(self, families: Iterable[Family], parts: Mapping[str, Sequence[Part]]) -> None:
        self.samples = 0
        self._parts = parts
        self._families: dict[str, Family] = {}
        self._columns: dict[str, Column] = {}
        self._labels: list[str] = []
        self._cuts: list[int] = []
        self._places = array("L")
        self._free: list[int] = []
        self._slots: dict[tuple[int, int], list[int]] = {}
        self.declare(families)

    def declare(self, families: Iterable[Family]) -> None:
        """Hold exactly these families from now on; the values of those that stay stay."""
        before, columns = self._families, self._columns
        self._families, self._columns = {}, {}
        for family in families:
            self._families[family.name] = family
            for part in self.parts(family):
                # A column is kept only for the very same family: another one may read its texts in another way.
                stays = before.get(family.name) == family
                self._columns[part.key] = columns.pop(part.key, Column()) if stays else Column()
        self.samples -= sum(_count(text) for column in columns.values() for text in column.texts)

    def parts(self, family: Family) -> Sequence[Part]:
        """Return the columns of a family, in the order of its lines."""
        return self._parts.get(family.name) or (Part(family.name),)

    def add(self, target: str, before: str, after: str) -> int:
        """Return a slot for values about a target.

        Further labels go between the labels ``before``, which end in a comma, and those ``after``.
        """
        self._slots.clear()
        slot = self._free.pop() if self._free else len(self._labels)
        if slot == len(self._labels):
            self._labels.append("")
            self._cuts.append(0)
            self._places.append(0)
        self._labels[slot] = f"{{{before}{after}}} "
        self._cuts[slot] = len(before) + 1
        self._places[slot] = place_of(target)
        return slot

    def remove(self, slot: int) -> None:
        """Drop all values of a slot, and the slot."""
        for key, column in self._columns.items():
            if slot < len(column.texts) and column.texts[slot] is not None:
                self.put(key, slot, None)
        self._free.append(slot)

    def put(self, key: str, slot: int, text: str | None) -> None:
        """Replace the text of a slot in a column; None for no sample."""
        column = self._columns[key]
        texts = column.texts
        if slot >= len(texts):
            texts.extend([None] * (len(self._labels) - len(texts)))
        old = texts[slot]
        texts[slot] = text
        if old is None or text is None:
            self.samples += _count(text) - _count(old)
            column.filled += (text is not None) - (old is not None)

    def chunks(self, index: int, count: int, *, openmetrics: bool) -> Iterator[bytes]:
        """Yield slice ``index`` of ``count``, family by family, in pieces that are quick to make."""
        chosen = None if count == 1 else self._slots_of(index, count)
        for family in [*self._families.values()]:
            head = family.header(openmetrics=openmetrics)
            for part in self.parts(family):
                slots = self._filled(part.key, chosen)
                size = len(self._labels) if slots is None else len(slots)
                for start in range(0, size, TOGETHER):
                    chunk = self._chunk(family.name, part, start, slots)
                    if chunk:
                        yield head + chunk.encode()
                        head = b""
            if head:
                yield head

    def _filled(self, key: str, chosen: Sequence[int] | None) -> Sequence[int] | None:
        """Return the slots to go through, or None for all: what is empty must not hold the loop."""
        column = self._columns.get(key)
        if column is None or column.filled == 0:
            return ()
        texts = column.texts
        if chosen is not None:
            return [slot for slot in chosen if slot < len(texts) and texts[slot] is not None]
        if column.filled * SPARSE > len(texts):
            return None
        return [slot for slot, text in enumerate(texts) if text is not None]

    def _chunk(self, name: str, part: Part, start: int, slots: Sequence[int] | None) -> str:
        column = self._columns.get(part.key)
        if column is None:  # the family has gone since the last chunk
            return ""
        texts, end = column.texts, start + TOGETHER
        if slots is None:
            rows = zip(self._labels[start:end], self._cuts[start:end], texts[start:end], strict=False)
        else:
            there = [slot for slot in slots[start:end] if slot < len(texts)]
            rows = zip(
                [self._labels[slot] for slot in there],
                [self._cuts[slot] for slot in there],
                [texts[slot] for slot in there],
                strict=True,
            )
        if part.style is Style.LINES:
            return "".join([text for _, _, text in rows if text])
        if part.style is Style.MARK:
            lines = [f"{labels[:cut]}{text}{labels[cut:]}1.0\n" for labels, cut, text in rows if text]
        elif part.between:
            between = part.between
            lines = [f"{labels[:cut]}{between}{labels[cut:]}{text}" for labels, cut, text in rows if text]
        else:
            lines = [labels + text for labels, _, text in rows if text]
        return name + name.join(lines) if lines else ""

    def _slots_of(self, index: int, count: int) -> list[int]:
        found = self._slots.get((index, count))
        if found is None:
            if len(self._slots) >= 64:
                self._slots.clear()
            found = [slot for slot, place in enumerate(self._places) if place % count == index]
            self._slots[index, count] = found
        return found


def _count(text: str | None) -> int:
    return 0 if text is None else text.count("\n") or 1
