"""What an article says, as counted terms: words, pairs of neighbouring words, names; and its topics, authors and series.

Terms are kept as 64-bit hashes, so that segments share one vocabulary without storing it: the top bits name the kind
(two bits for words, pairs and names; five for the rest, which are few), the others are of BLAKE2b. Among ten million
distinct terms the chance of any collision at all is about 1 in 100,000.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import dropwhile
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

TERMS_VERSION = 2
"""Goes up whenever the same text would give other terms; indexes of another version are rebuilt, never mixed."""

TITLE_WEIGHT = 3
"""How many times the title counts (measured in docs/relevance.md)."""

MAX_COUNT = 255

HASH_BITS = 62
ATTRIBUTE_BITS = 59
_HASH_MASK = np.uint64((1 << HASH_BITS) - 1)
_MIX_FIRST = np.uint64(0x9E3779B97F4A7C15)
_MIX_SECOND = np.uint64(0xC2B2AE3D27D4EB4F)

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W_]+")
"""A run of letters and digits; each Chinese or Japanese character is a word, and their pairs do the matching."""

_LABEL = re.compile(r"(?P<label>[^\s:]+(?: [^\s:]+){0,3}):\s+(?P<headline>\S.*)", re.DOTALL)

_NAME_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]|\n")
_SENTENCE_ENDS = frozenset('.!?:;\n“”"«»*#•–—')
_JOINERS = frozenset(
    (
        "of",
        "the",
        "de",
        "del",
        "della",
        "di",
        "da",
        "do",
        "dos",
        "du",
        "la",
        "le",
        "van",
        "von",
        "der",
        "den",
        "al",
        "y",
        "und",
    )
)


class Kind(IntEnum):
    """The kinds of term, in the order in which they sort and in which scores are given."""

    WORD = 0
    PAIR = 1
    NAME = 2
    TOPIC = 3
    AUTHOR = 4
    SERIES = 5
    COLUMN = 6
    """The label before a title's colon, such as `Opinion: …`."""
    TYPE = 7
    """Opinion, wire, liveblog: what the newsroom calls it."""


_PREFIX = {
    Kind.WORD: 0,
    Kind.PAIR: 1 << HASH_BITS,
    Kind.NAME: 2 << HASH_BITS,
    Kind.TOPIC: 0b11000 << ATTRIBUTE_BITS,
    Kind.AUTHOR: 0b11001 << ATTRIBUTE_BITS,
    Kind.SERIES: 0b11010 << ATTRIBUTE_BITS,
    Kind.COLUMN: 0b11011 << ATTRIBUTE_BITS,
    Kind.TYPE: 0b11100 << ATTRIBUTE_BITS,
}
"""What stands in the top bits of a term of each kind; ascending, as the kinds are."""


_STARTS = np.array([_PREFIX[kind] for kind in Kind], dtype=np.uint64)

FIRST_ATTRIBUTE = _STARTS[Kind.TOPIC]
"""All terms from here on are topics, authors and the like, and no words."""


@dataclass(frozen=True, slots=True)
class TermCounts:
    """The terms of one text: `hashes` (n,) uint64, ascending and distinct; `counts` (n,) uint8, 1 to 255."""

    hashes: npt.NDArray[np.uint64]
    counts: npt.NDArray[np.uint8]


def count_terms(title: str, text: str, attributes: Mapping[Kind, Sequence[str]] = MappingProxyType({})) -> TermCounts:
    """The terms of an article: its headline counted `TITLE_WEIGHT` times, a label before it once; pairs span none of the
    three. `attributes` are its topics, authors and so on, one count each."""
    parts: list[npt.NDArray[np.uint64]] = []
    label, headline = split_label(title)
    for part, weight in ((headline, TITLE_WEIGHT), (label, 1), (text, 1)):
        words = word_hashes(part)
        parts += [words, _pair_hashes(words)] * weight
    named = names_in(text)
    parts.append(np.repeat(name_hashes(list(named)), np.array(list(named.values()), dtype=np.int64)))
    for kind, values in {**attributes, Kind.COLUMN: [label] if label else []}.items():
        parts.append(attribute_hashes(kind, values))
    hashes, counts = np.unique(np.concatenate(parts), return_counts=True)
    return TermCounts(hashes, np.minimum(counts, MAX_COUNT).astype(np.uint8))


def word_hashes(text: str) -> npt.NDArray[np.uint64]:
    """The words of a text in their order, lower-cased: (n,) uint64 below 2^62."""
    return np.array([_word_hash(word) for word in _WORD.findall(text.lower())], dtype=np.uint64)


def token_hashes(tokens: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Hashes of tokens that were cut elsewhere, (n,) uint64 below 2^62, aligned with them."""
    return np.array([_word_hash(token) for token in tokens], dtype=np.uint64)


def name_hashes(names: Sequence[str]) -> npt.NDArray[np.uint64]:
    """The terms that stand for names, (n,) uint64, aligned with them; upper and lower case are the same."""
    return np.array([_word_hash(name.lower()) | _PREFIX[Kind.NAME] for name in names], dtype=np.uint64)


def attribute_hashes(kind: Kind, values: Sequence[str]) -> npt.NDArray[np.uint64]:
    """The terms that stand for topics, authors and the like, (n,) uint64, distinct; upper and lower case are the same."""
    mask = (1 << ATTRIBUTE_BITS) - 1
    distinct = dict.fromkeys(value.casefold() for value in values)
    return np.array([(_word_hash(value) & mask) | _PREFIX[kind] for value in distinct], dtype=np.uint64)


def split_label(title: str) -> tuple[str, str]:
    """The label of a recurring column before a title's colon (at most four words; else empty), and the headline.

    What a column calls itself says little of what a piece is about, and would make all of its pieces alike.
    """
    match = _LABEL.fullmatch(title)
    return (match["label"], match["headline"]) if match else ("", title)


def headline_terms(title: str) -> npt.NDArray[np.uint64]:
    """The distinct words of a headline, (n,) uint64, ascending; the same terms that stand for them in a text."""
    return np.unique(word_hashes(split_label(title)[1]))


def kind_bounds(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Where each kind begins among ascending hashes: (9,) int64, kind k stands at `bounds[k]:bounds[k + 1]`."""
    bounds = np.empty(len(Kind) + 1, np.int64)
    bounds[:-1] = hashes.searchsorted(_STARTS)
    bounds[-1] = len(hashes)
    return bounds


def names_in(text: str) -> Counter[str]:
    """Names of people, places and bodies, as written, with how often each stands in the text.

    A name is a run of capitalised words, joined by the like of "of" and "de". The first word of a sentence counts only
    when it is all capitals or never stands in lower case elsewhere in the text and another capitalised word follows.
    """
    tokens = _NAME_TOKEN.findall(text)
    lower = {token for token in tokens if token[0].islower()}
    found: Counter[str] = Counter()
    run: list[str] = []
    starts_sentence = run_starts_sentence = True
    for token in [*tokens, "\n"]:
        if token[0].isupper():
            if not run:
                run_starts_sentence = starts_sentence
            run.append(token)
            starts_sentence = False
            continue
        if run and token in _JOINERS:
            run.append(token)
            continue
        if run:
            _close(run, run_starts_sentence, lower, found)
            run = []
        starts_sentence = token in _SENTENCE_ENDS or (starts_sentence and not token[0].isalnum())
    return found


def _close(run: list[str], starts_sentence: bool, lower: set[str], found: Counter[str]) -> None:
    while run[-1] in _JOINERS:
        run.pop()
    if starts_sentence and not (len(run[0]) > 1 and run[0].isupper()):
        if len(run) == 1:
            return
        if run[0].lower() in lower or run[0].lower() in _JOINERS:
            run = list(dropwhile(_JOINERS.__contains__, run[1:]))
    name = " ".join(run).removesuffix("'s").removesuffix("’s")
    if len(name) > 1 and not name.startswith(("I'", "I’")):
        found[name] += 1


@lru_cache(maxsize=1 << 18)
def _word_hash(word: str) -> int:
    raw = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(raw, "little") & int(_HASH_MASK)


def _pair_hashes(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    mixed: npt.NDArray[np.uint64] = words[:-1] * _MIX_FIRST ^ (words[1:] + _MIX_SECOND) * _MIX_SECOND
    mixed = (mixed ^ (mixed >> np.uint64(31))) * _MIX_FIRST
    pairs: npt.NDArray[np.uint64] = (mixed & _HASH_MASK) | np.uint64(_PREFIX[Kind.PAIR])
    return pairs
