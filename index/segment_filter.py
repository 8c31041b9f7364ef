"""Which rows of a segment a filter keeps.

Most of what a filter says is the same for every question (may it be seen by now, is it suggested at all, is it sensitive, in
which language is it), and what that keeps is remembered until the next article is due to appear or to be superseded. What
each question adds costs as much as it names: articles by id, texts by their copy keys.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index.article import unix_seconds
from index.row import RECOMMENDABLE, SENSITIVE, UNDATED
from index.vector_index import Filter

if TYPE_CHECKING:
    from index.segment import Segment

REMEMBERED = 8
"""What so many filters keep is remembered, a byte a row each."""

EVER = 2**62

_EPOCH = datetime.fromtimestamp(0, UTC)

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Standing:
    """The rows of a range that stand by a filter, from one second until before another."""

    kept: Mask
    since: int
    until: int


class SegmentFilter:
    """Answers for one segment; any number of threads may ask."""

    def __init__(self, segment: "Segment") -> None:
        self._segment = segment
        self._lock = threading.Lock()
        self._known: OrderedDict[Filter, _Standing] = OrderedDict()

    def eligible(self, keep: Filter) -> tuple[slice, Mask]:
        """The range of rows that a filter's section spans, and which of them it keeps: a mask of the caller's own."""
        segment = self._segment
        span = segment.range_of(keep.section)
        kept = self._standing(keep, span).copy()
        if keep.published_from is not None or keep.published_to is not None:
            published = segment.published[span]
            kept &= published != UNDATED
            if keep.published_from is not None:
                kept &= published >= unix_seconds(keep.published_from)
            if keep.published_to is not None:
                kept &= published < unix_seconds(keep.published_to)
        for row in self._named(keep):
            if span.start <= row < span.stop:
                kept[row - span.start] = False
        return span, kept

    def _standing(self, keep: Filter, span: slice) -> Mask:
        lasting = replace(
            keep,
            visible_at=_EPOCH,
            published_from=None,
            published_to=None,
            excluded_ids=frozenset(),
            excluded_copies=frozenset(),
            excluded_rows=(),
        )
        now = unix_seconds(keep.visible_at)
        with self._lock:
            known = self._known.get(lasting)
            if known is not None and known.since <= now < known.until:
                self._known.move_to_end(lasting)
                return known.kept
        made = self._make(lasting, span, now)
        with self._lock:
            self._known[lasting] = made
            self._known.move_to_end(lasting)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return made.kept

    def _make(self, keep: Filter, span: slice, now: int) -> _Standing:
        segment = self._segment
        published, superseded, flags = segment.published[span], segment.superseded_at[span], segment.flags[span]
        due, leaves = published > now, superseded > now
        until = min(published.min(initial=EVER, where=due), superseded.min(initial=EVER, where=leaves))
        kept = leaves & ~due & ((flags & RECOMMENDABLE) != 0)
        if not keep.sensitive:
            kept &= (flags & SENSITIVE) == 0
        if keep.languages is not None:
            wanted = {"", *keep.languages}
            codes = [code for code, language in enumerate(segment.languages) if language in wanted]
            if len(codes) < len(segment.languages):
                kept &= np.isin(segment.language[span], codes)
        for section in keep.excluded_sections:
            out = segment.range_of(section)
            kept[max(0, out.start - span.start) : max(0, out.stop - span.start)] = False
        if keep.excluded_terms:
            rows = segment.lexical.rows_with(np.array(sorted(keep.excluded_terms), dtype=np.uint64))
            kept[rows[(rows >= span.start) & (rows < span.stop)] - span.start] = False
        return _Standing(kept, now, int(until))

    def _named(self, keep: Filter) -> Iterator[int]:
        """The rows that a filter excludes by name, some of them twice."""
        for article_id in keep.excluded_ids:
            if (row := self._segment.row_of_id(article_id)) is not None:
                yield row
        for key in keep.excluded_copies:
            yield from self._segment.rows_of_copy(key)
