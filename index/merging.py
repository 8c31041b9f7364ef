"""Which segments are written anew together: few must stand, and no row may be written often."""

from collections.abc import Sequence

SEGMENT_ROWS = 250_000
"""At most so many rows are written as one segment, which bounds the memory that writing takes."""

MAX_SMALL_SEGMENTS = 6
"""So many segments of less than a quarter of that may stand, for each costs every question; with more they are merged …"""

LEFT = 4
"""… until no more are left than that."""

MAX_DELETED_SHARE = 0.3
"""A segment of which more is deleted is written anew."""


def segments_to_merge(live: Sequence[int], rows: Sequence[int], fresh: int) -> set[int]:
    """The numbers of the segments whose rows are to be written anew, together with so many fresh ones; `live` of their `rows`
    are not deleted.

    Hollow ones; and where small ones become too many the smallest first, as long as there are many, or the next is not much
    larger than what is written already. So each row is written a few times only, however often little is added (the levels
    of a log-structured merge tree, O'Neil et al. 1996).
    """
    merged = {at for at, count in enumerate(live) if rows[at] - count > MAX_DELETED_SHARE * rows[at]}
    small = sorted((count, at) for at, count in enumerate(live) if at not in merged and count < SEGMENT_ROWS // 4)
    together = fresh + sum(live[at] for at in merged)
    if len(small) + bool(together) <= MAX_SMALL_SEGMENTS:
        return merged
    for number, (count, at) in enumerate(small):
        if len(small) - number + 1 <= LEFT and count > 2 * together:
            break
        merged.add(at)
        together += count
    return merged
