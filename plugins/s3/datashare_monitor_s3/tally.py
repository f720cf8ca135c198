"""The objects under a prefix, counted page by page."""

from dataclasses import dataclass

from datashare_monitor_s3.bucket import Bucket
from datashare_monitor_s3.listing import Object
from monitor.plugin import Pattern, ProbeError, Reason, Vantage, Waiting

PAGE = 1000
SPARE_PAGES = 10
"""How many more pages a store may take than full ones would be."""
MOST_OBJECTS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which objects of a bucket count.

    Attributes:
        delimiter: Ends what is looked at: with a slash, only what lies right under the prefix.
        pattern: What a key must match; any will do when None.
        ignore: What it must not.
    """

    prefix: str
    delimiter: str = ""
    pattern: Pattern | None = None
    ignore: Pattern | None = None

    def takes(self, key: str) -> bool:
        """Tell whether an object of this key counts; the mark that stands for a folder never does."""
        if key.endswith("/") or (self.ignore is not None and self.ignore.search(key)):
            return False
        return self.pattern is None or self.pattern.search(key) is not None


@dataclass(slots=True)
class Tally:
    """The objects so far; ``seen`` counts all, those that do not count among them."""

    seen: int = 0
    count: int = 0
    size: int = 0
    newest: Object | None = None
    oldest: Object | None = None
    has_more: bool = False

    def take(self, found: Object) -> None:
        """Count an object."""
        self.count += 1
        self.size += found.size
        if self.newest is None or found.made > self.newest.made:
            self.newest = found
        if self.oldest is None or found.made < self.oldest.made:
            self.oldest = found

    def waiting(self) -> Waiting:
        """Return what was found."""
        return Waiting(
            noun="objects",
            count=self.count,
            newest=None if self.newest is None else self.newest.made,
            oldest=None if self.oldest is None else self.oldest.made,
            size=self.size,
            has_more=self.has_more,
        )


async def counted(bucket: Bucket, choice: Choice, most: int, vantage: Vantage) -> Tally:
    """Return what lies in a bucket; after ``most`` objects counting stops.

    Raises:
        ProbeError: It cannot be read, or its list goes round in circles.
        OSError: No connection, or it broke.
    """
    tally, token = Tally(), ""
    for _ in range(most // PAGE + SPARE_PAGES):
        page = await bucket.list(
            vantage, prefix=choice.prefix, delimiter=choice.delimiter, token=token, most=min(PAGE, most + 1)
        )
        for each in page.objects:
            tally.seen += 1
            if tally.seen > most:
                tally.has_more = True
                return tally
            if choice.takes(each.key):
                tally.take(each)
        if not page.token:
            return tally
        if page.token == token:
            raise ProbeError(Reason.PROTOCOL, "the list of objects repeats a page")
        token = page.token
    raise ProbeError(Reason.TOO_LARGE, f"a list of {tally.seen} objects in too many pages")
