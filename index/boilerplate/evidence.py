"""What speaks for and against a line being furniture: where it stands, on how many different articles, and how alike
those are otherwise."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from index.boilerplate.apply import near_edge
from index.boilerplate.survey import Page, Sightings, Survey

SAMPLE = 16
"""So many of the articles that have a line are compared with each other."""

COPIES_SHARE = 0.5
"""Articles that share so much of their length in lines, or of their words, are one: updates, copies, versions of a liveblog."""

COMMON_WORD = 0.3
"""A word that more of a host's articles have tells nothing of what they are about."""

WIDE = 0.5
"""Lines that more of a host's articles have are left out when articles are compared: they may be furniture themselves."""

ALIKE = 3.0
"""Articles that are so many times as alike as any two of their host are about one thing."""
ALIKE_AT_LEAST = 0.03
"""… and share at least so much of their words."""

TOLD = 0.67
"""A word that so many of the articles with a line have, and hardly any other, is one of a story that they all tell …"""
TOLD_ELSEWHERE = 0.2
"""… when at most so many times that share of the host's other articles have it; …"""
TELLING = 3
"""… so many such words make a story; a section that a line belongs to (*cricket*) rarely has more than one or two."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line stands, as shares of all its places, 0 to 1."""

    start: float
    end: float
    edges: float
    beside: float
    """Next to a line that is furniture."""
    alone: float
    """With nothing else in the text but furniture."""


class Evidence:
    """Answers questions about the lines of a survey."""

    def __init__(self, survey: Survey) -> None:
        self._pages = survey.pages
        self._counts: dict[tuple[str, str], int] = {}
        for one in survey.found:
            if one.form[0] == "=":
                self._counts[one.host, one.form[1:]] = len(one.pages)
        self._articles = survey.articles
        self._about = _about(survey.pages)
        self._usual: dict[str, float] = {}
        self._likeness: dict[tuple[int, ...], float] = {}
        self._tellings: dict[tuple[int, ...], int] = {}
        self._noted: dict[str, list[int]] = {host: [] for host in survey.articles}
        for at, page in enumerate(survey.pages):
            if len(page.words):
                self._noted[page.host].append(at)

    def placed(self, one: Sightings, furniture: Mapping[int, Collection[int]]) -> Place:
        """Where a line stands when the others in `furniture` (places by page) are not counted."""
        start = end = edges = beside = alone = 0
        for page, at in one.places:
            others = furniture.get(page, ())
            before = at - sum(1 for other in others if other < at)
            after = self._pages[page].lines - at - 1 - sum(1 for other in others if other > at)
            near = near_edge(before + after)
            start += before < near
            end += after < near
            edges += before < near or after < near
            alone += before == after == 0
            beside += at - 1 in others or at + 1 in others
        count = len(one.places)
        return Place(start / count, end / count, edges / count, beside / count, alone / count)

    def families(self, one: Sightings) -> float:
        """On how many articles a line stands, copies and versions of one counted once: estimated on a sample."""
        pages = one.pages
        sample = _evenly(pages)
        parents = {page: page for page in sample}

        def root(page: int) -> int:
            while parents[page] != page:
                page = parents[page]
            return page

        for left, right in combinations(sample, 2):
            if self._one_text(left, right, one):
                parents[root(right)] = root(left)
        return len({root(page) for page in sample}) / len(sample) * len(pages)

    def _one_text(self, left: int, right: int, one: Sightings) -> bool:
        """Whether two articles are alike beside the line; where neither has anything beside it, they are."""
        first, other = self._pages[left], self._pages[right]
        ours, theirs = self._beside(first, one), self._beside(other, one)
        rest, others = (page.length - sum(wide.values()) for page, (_, wide) in ((first, ours), (other, theirs)))
        if not rest or not others:
            return rest == others
        shared = sum(size for text, size in ours[0].items() if text in theirs[0])
        return shared > COPIES_SHARE * min(rest, others) or _resemblance(first.words, other.words) > COPIES_SHARE

    def _beside(self, page: Page, one: Sightings) -> tuple[dict[str, int], dict[int, int]]:
        """The lines of an article that others have too, with their characters, and by their places those not to be looked
        at: the line itself, and those of so many articles that they may be furniture."""
        limit = WIDE * self._articles[one.host]
        left_out = {
            at: size
            for at, (text, size) in page.common.items()
            if text == one.form[1:] or self._counts.get((one.host, text), 0) >= limit
        }
        return {text: size for at, (text, size) in page.common.items() if at not in left_out}, left_out

    def about_one_thing(self, one: Sightings) -> bool:
        """Whether the articles that have a line are much more alike in their other words than articles of the host are."""
        sample = tuple(_evenly(one.pages))
        if len(sample) < 2:
            return True
        likeness = self._mean(sample)
        alike = likeness > ALIKE_AT_LEAST and likeness > ALIKE * self._usually(one.host)
        return alike or self._telling(one, sample) >= TELLING

    def _telling(self, one: Sightings, sample: tuple[int, ...]) -> int:
        """How many words most articles with a line have, and hardly any other of the host."""
        if sample not in self._tellings:
            own = set(one.pages)
            others = _evenly([page for page in self._noted[one.host] if page not in own], 3 * SAMPLE)
            here, elsewhere = self._shares(sample), self._shares(others)
            told = (word for word, share in here.items() if share >= TOLD)
            count = sum(elsewhere.get(word, 0.0) <= TOLD_ELSEWHERE * here[word] for word in told) if others else 0
            self._tellings[sample] = count
        return self._tellings[sample]

    def _shares(self, pages: Sequence[int]) -> dict[int, float]:
        """Of these articles, how many have each word."""
        if not pages:
            return {}
        words, counts = np.unique(np.concatenate([self._about[page] for page in pages]), return_counts=True)
        return dict(zip(words.tolist(), (counts / len(pages)).tolist(), strict=True))

    def likeness(self, one: Sightings) -> tuple[float, float]:
        """How alike the articles that have a line are in their other words, and any two of the host, 0 to 1."""
        return self._mean(tuple(_evenly(one.pages))), self._usually(one.host)

    def _mean(self, sample: tuple[int, ...]) -> float:
        if sample not in self._likeness:
            pairs = [_resemblance(self._about[a], self._about[b]) for a, b in combinations(sample, 2)]
            self._likeness[sample] = float(np.mean(pairs)) if pairs else 1.0
        return self._likeness[sample]

    def _usually(self, host: str) -> float:
        if host not in self._usual:
            self._usual[host] = self._mean(tuple(_evenly(self._noted[host], 3 * SAMPLE)))
        return self._usual[host]


def _about(pages: Sequence[Page]) -> list[npt.NDArray[np.uint32]]:
    """The words of each page without those that many have."""
    if not pages:
        return []
    words, counts = np.unique(np.concatenate([page.words for page in pages]), return_counts=True)
    common = words[counts > max(COMMON_WORD * len(pages), 3)]
    return [np.setdiff1d(page.words, common, assume_unique=True) for page in pages]


def _resemblance(one: npt.NDArray[np.uint32], other: npt.NDArray[np.uint32]) -> float:
    """Share of the words that two have in common (Jaccard), estimated on the smaller hashes of both (Broder 1997)."""
    if not len(one) or not len(other):
        return 0.0
    limit = min(one[-1], other[-1])
    left, right = set(one[one <= limit].tolist()), set(other[other <= limit].tolist())
    return len(left & right) / len(left | right)


def _evenly(pages: Sequence[int], at_most: int = SAMPLE) -> list[int]:
    if len(pages) <= at_most:
        return list(pages)
    return [pages[at * len(pages) // at_most] for at in range(at_most)]
