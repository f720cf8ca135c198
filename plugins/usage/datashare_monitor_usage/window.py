"""Which records have been counted already, as far back as that is remembered."""

import struct
from collections.abc import Iterator
from hashlib import blake2b

MOST_IDS = 9_000
"""With each in a second of its own they still fit into a memory."""
SECOND = struct.Struct("!II")


def digest(text: str) -> bytes:
    """Return eight bytes that stand for a record and do not tell its id."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


class Window:
    """The ids of all records counted from some second on; older ones are not looked at any more.

    Attributes:
        floor: That second, since the epoch.
    """

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self._ids: dict[int, set[bytes]] = {}
        self._count = 0

    def take(self, second: int, identity: bytes) -> bool:
        """Take a record; return whether it is new. One from before the floor is for nobody to say."""
        ids = self._ids.get(second)
        if ids is None:
            ids = self._ids[second] = set()
        before = len(ids)
        ids.add(identity)
        if len(ids) == before:
            return False
        self._count += 1
        return True

    def raise_floor(self, second: int) -> None:
        """Forget what is older."""
        if second <= self.floor:
            return
        self.floor = second
        for old in [one for one in self._ids if one < second]:
            self._count -= len(self._ids.pop(old))

    def trim(self, most: int = MOST_IDS) -> None:
        """Forget the oldest seconds until so few ids are left."""
        if self._count <= most:
            return
        for second in sorted(self._ids):
            if self._count <= most:
                break
            self.raise_floor(second + 1)

    def packed(self) -> bytes:
        """Return it as bytes."""
        return b"".join(self._pieces())

    @classmethod
    def unpacked(cls, content: bytes) -> "Window":
        """Return the window that was packed.

        Raises:
            struct.error: It was not.
        """
        (window, place) = (cls(SECOND.unpack_from(content)[0]), SECOND.size)
        while place < len(content):
            second, count = SECOND.unpack_from(content, place)
            place += SECOND.size
            end = place + 8 * count
            if end > len(content):
                raise struct.error("a window is cut off")
            window._ids[second] = {content[at : at + 8] for at in range(place, end, 8)}
            window._count += len(window._ids[second])
            place = end
        return window

    def _pieces(self) -> Iterator[bytes]:
        yield SECOND.pack(max(self.floor, 0), 0)
        for second, ids in self._ids.items():
            yield SECOND.pack(second, len(ids))
            yield from ids
