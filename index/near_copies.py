"""Which articles are nearly the same: lightly edited copies, and updates and corrections that only their title shows.

Locality-sensitive hashing proposes pairs of like texts; what differs between the two decides. Bulletins, notices and
series share most of their words and differ in the numbers and names that are their news, so a pair is one article only
when at most one of the two has numbers or names that the other lacks, as when a paragraph was cut or an agency's line
added. All limits were measured (docs/relevance.md).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from index.catalogue_key import ArticleKey
from index.near_pairs import Nodes, Pairs, like_pairs, same_title_pairs
from index.sketch import TABLE, Words, read_words

DAY = 86_400
COPY_SECONDS = 3 * DAY
"""An edited copy is published this near to its original; what comes back weekly is another issue."""

MIN_COPY_WORDS = 30
"""Shorter texts are copies only word for word: one word is too much of what they say."""

MIN_RESEMBLANCE = 0.6
MIN_LENGTH_RATIO = 0.6
"""About as much as remains when two of five paragraphs are cut."""

WORDS_A_REPLACED = 25
"""For each so many distinct words one may have been replaced by another, rounded down."""

MAX_OTHER_FACTS = 4
"""Each of two copies may have so many numbers and names that the other lacks, where none took another's place: the one
got a dateline and the other lost a paragraph."""

VERSION_SECONDS = 2 * DAY
"""A marked update or correction follows within this time."""

MIN_VERSION_WORDS = 15
MIN_VERSION_RESEMBLANCE = 0.3
"""A mark makes up for much, and an update may be twice as long; with the same title no resemblance is asked for."""

MAX_REPLACED_FACTS = 0.3
MAX_REPLACED_WORDS = 0.4
"""Shares of the smaller article's numbers and names, and of all its words, that a marked version may have replaced. A
correction replaces a few; the next day's bulletin under the same title nearly all."""


AGAIN_SECONDS = DAY // 2
AGAIN_RESEMBLANCE = 0.5
"""Under an unmarked title that is the same, what is alike and came within half a day is the same story, told anew. Daily
bulletins are a day apart."""

SLIP_RESEMBLANCE = 0.85
MIN_SLIP_WORDS = 75
WORDS_A_SLIP = 100
"""A text of so many distinct words that comes back under its title within two days is its correction where one word was
replaced, and another for each hundred. Shorter bulletins differ in one word too."""


@dataclass(frozen=True, slots=True)
class NearCopies:
    """What was found, as pairs of ids: `same` joins an edited copy to its original, `versions` are (newer, older)."""

    same: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]


SketchesOf = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Gives the whole sketches of some articles, by id."""


def find_near_copies(keys: Sequence[ArticleKey]) -> NearCopies:
    """Near copies among articles; the same whatever the order of `keys`.

    An article joins only one that is no edited copy itself (the earliest such), so that small edits never add up to
    another article. Where one of two has no date, or neither, their texts alone decide. Copies word for word are none
    of these pairs, unless one is marked.
    """
    return near_copies_among(Nodes.of(keys, MIN_VERSION_WORDS), _sketches_in(keys))


def near_copies_among(nodes: Nodes, sketches_of: SketchesOf) -> NearCopies:
    """As `find_near_copies`, of `nodes` with at least `MIN_VERSION_WORDS` words; the sketches of those alone are asked for
    that come into question."""
    copies, versions = _links(nodes, sketches_of)
    originals_of: dict[int, list[int]] = {}
    for first, second in copies:
        originals_of.setdefault(second, []).append(first)
    same: list[tuple[int, int]] = []
    edited: set[int] = set()
    for at in sorted(originals_of):
        original = min((one for one in originals_of[at] if one not in edited), default=None)
        if original is not None:
            edited.add(at)
            same.append((at, original))
    return NearCopies(_ids(nodes, same), _ids(nodes, sorted(versions)))


def find_links(keys: Sequence[ArticleKey]) -> tuple[tuple[str, str], ...]:
    """All pairs of ids of which one could be a near copy of the other, joined or not: what `find_near_copies` says of an
    article depends on those alone that such pairs lead to."""
    nodes = Nodes.of(keys, MIN_VERSION_WORDS)
    copies, versions = _links(nodes, _sketches_in(keys))
    return _ids(nodes, [*copies, *versions])


def _sketches_in(keys: Sequence[ArticleKey]) -> SketchesOf:
    known = {key.id: key.sketch for key in keys}
    return lambda ids: known


def _links(nodes: Nodes, sketches_of: SketchesOf) -> tuple[list[tuple[int, int]], set[tuple[int, int]]]:
    """The pairs that pass for copies, as (first, second), and those that pass for versions, as (newer, older)."""
    like = like_pairs(nodes, MIN_VERSION_RESEMBLANCE, COPY_SECONDS)
    marked = [pair for pairs in (like, same_title_pairs(nodes, VERSION_SECONDS)) for pair in _marked(nodes, pairs)]
    alike, again, slips = list(_copy_like(nodes, like)), *(list(pairs) for pairs in _same_titled(nodes, like))
    rows = sorted({row for pair in (*marked, *alike, *again, *slips) for row in pair})
    sketches = sketches_of([nodes.ids[row] for row in rows])
    words = lru_cache(maxsize=1 << 12)(lambda at: read_words(sketches[nodes.ids[at]]))
    versions = {pair for pair in (*marked, *again) if _is_version(words(pair[0]), words(pair[1]))}
    versions |= {pair for pair in slips if _is_slip(words(pair[0]), words(pair[1]))}
    return [pair for pair in alike if _is_copy(words(pair[0]), words(pair[1]))], versions


def _ids(nodes: Nodes, pairs: Sequence[tuple[int, int]]) -> tuple[tuple[str, str], ...]:
    return tuple((nodes.ids[one], nodes.ids[other]) for one, other in pairs)


def _copy_like(nodes: Nodes, pairs: Pairs) -> Iterator[tuple[int, int]]:
    """Those pairs, as (first, second), of which all but the words that differ speaks for a copy."""
    shorter, ratio = _lengths(nodes, pairs)
    kept = (pairs.resemblance >= MIN_RESEMBLANCE) & (ratio >= MIN_LENGTH_RATIO) & (shorter >= MIN_COPY_WORDS)
    kept &= ((nodes.heads["flags"][pairs.first] | nodes.heads["flags"][pairs.second]) & TABLE) == 0
    kept &= nodes.text[pairs.first] != nodes.text[pairs.second]
    found = pairs.where(kept)
    return zip(found.first.tolist(), found.second.tolist(), strict=True)


def _lengths(nodes: Nodes, pairs: Pairs) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Words of the shorter of each pair, (m,) int64, and their share of the longer's, (m,) float64."""
    both = nodes.heads["words"].astype(np.int64)[np.stack([pairs.first, pairs.second])]
    shorter = both.min(axis=0)
    return shorter, shorter / both.max(axis=0)


def _marked(nodes: Nodes, pairs: Pairs) -> Iterator[tuple[int, int]]:
    """Those pairs of which the later is marked, as (newer, older); at the same time, or both undated: the marked one."""
    first_marked, second_marked = nodes.marked[pairs.first], nodes.marked[pairs.second]
    apart = nodes.published[pairs.second] - nodes.published[pairs.first]
    alike = (nodes.dated[pairs.first] == nodes.dated[pairs.second]) & (apart <= VERSION_SECONDS)
    later = pairs.where(alike & second_marked & ((apart > 0) | ~first_marked))
    yield from zip(later.second.tolist(), later.first.tolist(), strict=True)
    together = pairs.where(alike & (apart == 0) & first_marked & ~second_marked)
    yield from zip(together.first.tolist(), together.second.tolist(), strict=True)


def _same_titled(nodes: Nodes, pairs: Pairs) -> tuple[Iterator[tuple[int, int]], Iterator[tuple[int, int]]]:
    """Those pairs of one title, as (newer, older): what may be a story told anew, and what may be its correction."""
    title = nodes.heads["title"]
    apart = nodes.published[pairs.second] - nodes.published[pairs.first]
    kept = (title[pairs.first] == title[pairs.second]) & (title[pairs.first] != 0) & (apart > 0)
    kept &= nodes.dated[pairs.first] & nodes.dated[pairs.second] & (_lengths(nodes, pairs)[0] >= MIN_COPY_WORDS)
    kept &= ((nodes.heads["flags"][pairs.first] | nodes.heads["flags"][pairs.second]) & TABLE) == 0
    again = pairs.where(kept & (apart <= AGAIN_SECONDS) & (pairs.resemblance >= AGAIN_RESEMBLANCE))
    slips = pairs.where(kept & (apart <= VERSION_SECONDS) & (pairs.resemblance >= SLIP_RESEMBLANCE))
    return (
        zip(again.second.tolist(), again.first.tolist(), strict=True),
        zip(slips.second.tolist(), slips.first.tolist(), strict=True),
    )


def _same_sample(one: Words, other: Words) -> tuple[Words, Words]:
    below = min(one.below, other.below)
    return one.under(below), other.under(below)


def _is_copy(one: Words, other: Words) -> bool:
    one, other = _same_sample(one, other)
    lost, gained = one.facts_missing_in(other), other.facts_missing_in(one)
    if (lost or gained) and (one.without_case or other.without_case):
        return False
    if lost and gained:
        if min(len(lost), len(gained)) > MAX_OTHER_FACTS:
            return False
        if not {one.facts[fact] for fact in lost}.isdisjoint(other.facts[fact] for fact in gained):
            return False
        lost, gained = [], []
    replaced = min(len(lost) + one.plain_missing_in(other), len(gained) + other.plain_missing_in(one))
    return replaced <= min(one.count, other.count) // WORDS_A_REPLACED


def _is_version(one: Words, other: Words) -> bool:
    one, other = _same_sample(one, other)
    lost, gained = len(one.facts_missing_in(other)), len(other.facts_missing_in(one))
    if min(lost, gained) > min(len(one.facts), len(other.facts)) * MAX_REPLACED_FACTS:
        return False
    replaced = min(lost + one.plain_missing_in(other), gained + other.plain_missing_in(one))
    return replaced <= min(one.count, other.count) * MAX_REPLACED_WORDS


def _is_slip(one: Words, other: Words) -> bool:
    one, other = _same_sample(one, other)
    lost = len(one.facts_missing_in(other)) + one.plain_missing_in(other)
    gained = len(other.facts_missing_in(one)) + other.plain_missing_in(one)
    shorter = min(one.count, other.count)
    return shorter >= MIN_SLIP_WORDS and min(lost, gained) <= 1 + shorter // WORDS_A_SLIP
