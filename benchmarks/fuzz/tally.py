"""What reading one case gave, and whether each item of it is whole."""

from collections import Counter
from collections.abc import Iterable

import orjson

from index.article import Article
from index.article_record import dump_record, restore_article
from index.sources import Item, Rejected, Skipped

LONGEST_REPORT = 20_000
"""Characters of what is said of one rejected item: a report may not grow with the damage."""


class Tally:
    """Counts items by what they are. `expected` is how many there must be, if that is known."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.expected: int | None = None
        self.files = 0
        self.fault: str | None = None
        self.cut_short = False
        """Whether an item says that the rest could not be read: then the number of items is no more than a bound."""

    def take(self, items: Iterable[Item]) -> None:
        """Read to the end; each item must be one that can be kept, or reported."""
        for item in items:
            if isinstance(item, Article):
                self.counts["articles"] += 1
                record = dump_record(item)
                if dump_record(restore_article(orjson.loads(record))) != record:
                    self.fault = f"an article is another once it was kept: {record[:300]!r}"
            elif isinstance(item, Rejected):
                self.counts["rejected"] += 1
                said = " ".join((item.place, *item.problems))
                self.cut_short |= "cannot be read further" in said or "cut short" in said
                if not item.problems or len(said) > LONGEST_REPORT:
                    self.fault = f"a report of {len(said):,} characters, {len(item.problems)} problems: {said[:300]}"
            elif isinstance(item, Skipped):
                self.counts["skipped"] += item.kind != "deleted entries"
            else:
                self.fault = f"an item is a {type(item).__name__}"

    def lost(self) -> str | None:
        """What is wrong with the number of items; None where nothing is."""
        found = self.counts.total()
        if self.expected is None or found == self.expected or self.cut_short:
            return None
        return f"{self.expected} items in the file, {dict(self.counts)} read"
