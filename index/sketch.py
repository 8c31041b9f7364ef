"""What is kept of an article to tell, without its text, whether another one is nearly the same.

A sketch is made when an article is staged, and kept with it: how many words it has, a MinHash over its runs of three
words (Broder 1997, "On the resemblance and containment of documents"), its distinct words as short hashes, those that
carry facts (numbers and names) apart from the others, and its title's hash and mark. The MinHash says where to look
for near copies, the words say what differs.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.article import Article, digest
from index.terms import token_hashes, word_hashes
from index.title_marks import split_mark

SKETCH_VERSION = 1
"""First byte of every sketch. Goes up whenever the same article would get another one; older ones are made anew."""

BANDS = 20
ROWS = 4
"""The MinHash as bands of rows (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", 3.4.2): two texts of
resemblance s agree in some band with probability 1 − (1 − s^rows)^bands. That is 0.94 at s = 0.6, 0.996 at 0.7, 0.15 at
0.3; its steepest rise is near (1/bands)^(1/rows) = 0.47. Four values of 16 bits make one 64-bit band."""

PERMUTATIONS = BANDS * ROWS

SHINGLE = 3
"""Words in a run: one word changed alters three runs of a text, and common phrases alone make no two texts alike."""

MAX_WORDS = 256
"""So many distinct words are kept, of a longer text those with the smallest hashes: a sample that like texts share."""

_SEED = 1997
_CHUNK = 4096
HEAD = np.dtype(
    [
        ("version", "u1"),
        ("flags", "u1"),
        ("facts", "<u2"),
        ("words", "<u4"),
        ("below", "<u4"),
        ("title", "<u8"),
        ("minhash", "<u2", (PERMUTATIONS,)),
    ]
)
"""The first bytes of a sketch, of one length for all: `facts` counts those that follow, `words` the text's words;
`title` hashes the title without its mark of an update or correction (0: under three words)."""

MARKED = 1
"""Flag: the title says that the article updates, corrects or repeats an earlier one."""
TABLE = 2
"""Flag: at least one in five of the text's words is a number; its numbers are all it has to say."""

_EVERY = (1 << 32) - 1

_NUMBER = r"\d+(?:[.,:/’'-]\d+)*"
_TOKEN = re.compile(rf"{_NUMBER}|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W\d_]+|[^\w\s]|\n")
_NUMBERS = re.compile(_NUMBER)
_NUMBER_WORDS = frozenset(
    "two three four five six seven eight nine ten eleven twelve first second third fourth fifth sixth seventh "
    "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf erste ersten zweite zweiten dritte dritten vierte vierten "
    "deux trois quatre cinq sept huit neuf dix onze douze premier première deuxième troisième "
    "dos tres cuatro cinco seis siete ocho nueve diez doce primer primera segundo segunda tercero tercera "
    "lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo".split()
)
"""Numbers and weekdays that are written as words and not capitalised: they too are all that some notices differ in."""

_ENDS = frozenset('.!?:;\n“”"«»„*#•–—-()[]')


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one article, read from its sketch; complete as far as their hashes are below `below`.

    `facts`: hashes of 32 bits of its numbers and names, each with 16 bits of its context, the two plain words before
    it where it first stands. `plain`: upper halves of such hashes of all its other words.
    """

    facts: Mapping[int, int]
    plain: frozenset[int]
    below: int

    @property
    def count(self) -> int:
        """How many words these are."""
        return len(self.facts) + len(self.plain)

    @property
    def without_case(self) -> bool:
        """Whether nearly all words are facts, as in capitals or in a script without case: no context tells them apart."""
        return len(self.facts) > 2 * len(self.plain)

    def under(self, below: int) -> "Words":
        """The same words, as far as they are below another hash."""
        if self.below <= below:
            return self
        facts = {fact: context for fact, context in self.facts.items() if fact < below}
        return Words(facts, frozenset(half for half in self.plain if half <= below >> 16), below)

    def facts_missing_in(self, other: "Words") -> list[int]:
        """Those of these facts that the other has neither as a fact nor as a plain word."""
        return [fact for fact in self.facts.keys() - other.facts.keys() if fact >> 16 not in other.plain]

    def plain_missing_in(self, other: "Words") -> int:
        """How many of these plain words the other has neither as a plain word nor as a fact."""
        missing = self.plain - other.plain
        return len(missing - {fact >> 16 for fact in other.facts}) if missing else 0


def make_sketch(article: Article) -> bytes:
    """The sketch of an article's text and title: 180 bytes, and 6 for each fact and 2 for each plain word kept."""
    words = word_hashes(article.text)
    contexts, plain = _facts_and_plain(article)
    facts, plains = _short(list(contexts)), np.unique(_short(sorted(plain)))
    everything = np.sort(np.concatenate([facts, plains]))
    below = int(everything[MAX_WORDS]) if len(everything) > MAX_WORDS else _EVERY
    around = (_short(list(contexts.values())) >> np.uint32(16)).astype("<u2")
    facts, first = np.unique(facts, return_index=True)
    around, facts = around[first][facts < below], facts[facts < below]
    halves = np.unique(plains[plains < below] >> np.uint32(16)).astype("<u2")
    numbers = len(_NUMBERS.findall(article.text))
    title, marked = split_mark(article.title)
    flags = MARKED * marked + TABLE * (5 * numbers >= len(words))
    head = np.array((SKETCH_VERSION, flags, len(facts), len(words), below, _title_hash(title), _minhash(words)), HEAD)
    return head.tobytes() + facts.astype("<u4").tobytes() + around.tobytes() + halves.tobytes()


def read_heads(sketches: Sequence[bytes]) -> npt.NDArray[np.void]:
    """The heads of many sketches: (n,) of dtype `HEAD`, aligned with them."""
    heads = np.empty(len(sketches), HEAD)
    for start in range(0, len(sketches), _CHUNK):
        chunk = sketches[start : start + _CHUNK]
        heads[start : start + _CHUNK] = np.frombuffer(b"".join(one[: HEAD.itemsize] for one in chunk), HEAD)
    return heads


def read_words(sketch: bytes) -> Words:
    """The words of a sketch."""
    head = np.frombuffer(sketch, HEAD, 1)[0]
    count, at = int(head["facts"]), HEAD.itemsize
    facts = np.frombuffer(sketch, "<u4", count, at).tolist()
    contexts = np.frombuffer(sketch, "<u2", count, at + 4 * count).tolist()
    plain = np.frombuffer(sketch, "<u2", -1, at + 6 * count).tolist()
    return Words(dict(zip(facts, contexts, strict=True)), frozenset(plain), int(head["below"]))


def resemblance(one: npt.NDArray[np.uint16], other: npt.NDArray[np.uint16]) -> npt.NDArray[np.float64]:
    """Estimated share of runs of words that two texts have in common, 0 to 1, for (…, 80) values of each: (…).

    Its standard error is sqrt(s(1 − s)/80): 0.045 at 0.8 (Broder 1997; keeping 16 bits of each value costs 2^−16, Li
    and König 2010, "b-bit minwise hashing").
    """
    agree: npt.NDArray[np.float64] = (one == other).mean(axis=-1)
    return agree


def _minhash(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint16]:
    runs = words[: max(len(words) - SHINGLE + 1, 0)] * _MIX[0]
    for offset in range(1, SHINGLE):
        runs = (runs ^ (runs >> np.uint64(29))) * _MIX[1] + words[offset : offset + len(runs)]
    runs = (runs ^ (runs >> np.uint64(32))) * _MIX[2]
    runs = np.unique(runs ^ (runs >> np.uint64(29)))
    if not len(runs):
        return np.zeros(PERMUTATIONS, np.uint16)
    smallest = np.full(PERMUTATIONS, np.iinfo(np.uint64).max, np.uint64)
    for start in range(0, len(runs), _CHUNK):
        hashed = runs[start : start + _CHUNK, None] * _MULTIPLIERS + _OFFSETS
        smallest = np.minimum(smallest, hashed.min(axis=0))
    smallest = (smallest ^ (smallest >> np.uint64(31))) * _MIX[1]
    kept: npt.NDArray[np.uint16] = (smallest >> np.uint64(48)).astype(np.uint16)
    return kept


def _title_hash(title: str) -> int:
    words = word_hashes(title)
    return int.from_bytes(digest(words.tobytes())[:8], "little") if len(words) >= SHINGLE else 0


def _facts_and_plain(article: Article) -> tuple[dict[str, str], set[str]]:
    """The numbers and names of an article, each with the context where it first stands, and its other words.

    A capitalised word is a name unless it begins a sentence or stands in lower case elsewhere. A word of a script
    without capitals counts as a fact, since it may be a name. The title's numbers are facts of their own, in one
    context: part two of a series may well name part one.
    """
    title = {number.replace(",", "") for number in _NUMBERS.findall(split_mark(article.title)[0])}
    title |= _NUMBER_WORDS & set(article.title.lower().split())
    facts: dict[str, str] = {f"\n{number}": "\n" for number in sorted(title)}
    plain: set[str] = set()
    before = ("", "")
    starts_sentence = True
    for token in _TOKEN.findall(article.text):
        first, word = token[0], token.lower()
        if not (first.isalpha() or first.isdigit()):
            starts_sentence = token in _ENDS or starts_sentence
            continue
        if first.isdigit():
            facts.setdefault(token.replace(",", ""), " ".join(before))
        elif word in _NUMBER_WORDS or not (first.islower() or first.isupper()):
            facts.setdefault(word, " ".join(before))
        elif first.islower():
            plain.add(word)
            before = (before[1], word)
        elif starts_sentence and not (len(token) > 1 and token.isupper()):
            plain.add(word)
        else:
            facts.setdefault(word, " ".join(before))
        starts_sentence = False
    return {word: context for word, context in facts.items() if word not in plain}, plain


def _short(tokens: Sequence[str]) -> npt.NDArray[np.uint32]:
    return (token_hashes(tokens) >> np.uint64(30)).astype(np.uint32)


def _odd_numbers(count: int, seed: int) -> npt.NDArray[np.uint64]:
    drawn = np.random.Generator(np.random.PCG64(seed)).integers(0, 1 << 63, count, dtype=np.uint64)
    return drawn * np.uint64(2) + np.uint64(1)


_MIX = _odd_numbers(3, _SEED)
_MULTIPLIERS = _odd_numbers(PERMUTATIONS, _SEED + 1)
_OFFSETS = _odd_numbers(PERMUTATIONS, _SEED + 2)
