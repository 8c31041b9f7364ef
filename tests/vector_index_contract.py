"""What every `VectorIndex` must hold. A suite inherits `VectorIndexContract` and gives the fixture `index_of`.

The oracle is brute force: numpy for the scores, one `if` a rule for the filters.
"""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pytest
from helpers import NOW, article, examples, key_of
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from index.article import Article
from index.copies import CopyState, find_copies
from index.embedder import WordHashEmbedder, embedding_text
from index.vector_index import Filter, Match, VectorIndex

EMBEDDER = WordHashEmbedder(32)
"""The index under test must be built with these vectors."""

IndexOf = Callable[[Sequence[Article]], VectorIndex]

WORDS = tuple("mayor budget flood school bridge harbour vote strike museum train rain river market court film".split())
SECTIONS = (None, "world", "world/europe", "world/europe/france", "world-cup", "world-cup/fans", "worlds", "local")
LANGUAGES = (None, "en", "en-gb", "fr", "pt-br")
HARD_IDS = (
    'it\'s "quoted"',
    "2026/03/14/slashes",
    "../../etc/passwd",
    "🎉 emoji 東京",
    "x" * 500,
    "'; DROP TABLE articles; --",
    "%s %d {0} {id} %(id)s",
    'id in ["a"] or true',
    "a\\b",
    "?id=1&k=2#f",
    "ends with a space'",
    "é",
    "e\u0301",
)


def corpus(size: int = 130) -> list[Article]:
    """Articles of every sort: sections that look alike, embargoes, missing dates, copies, versions, shared addresses."""
    rng = random.Random(20260314)
    articles: list[Article] = []
    for number in range(size):
        text = " ".join(rng.choices(WORDS, k=rng.randint(1, 6)))
        earlier = [other.id for other in articles]
        articles.append(
            article(
                HARD_IDS[number] if number < len(HARD_IDS) else f"a{number}",
                rng.choice(WORDS),
                articles[rng.randrange(number)].text if number > 20 and rng.random() < 0.1 else text,
                section=rng.choice(SECTIONS),
                published_at=None if rng.random() < 0.15 else day(rng.randint(-40, 4)).isoformat(),
                lang=rng.choice(LANGUAGES),
                sensitive=rng.random() < 0.2,
                recommendable=rng.random() < 0.9,
                url=f"https://example.org/{number if rng.random() < 0.8 else number % 7}",
                version_of=rng.choice(earlier) if earlier and rng.random() < 0.1 else None,
            )
        )
    return articles


def day(offset: int) -> datetime:
    return NOW + timedelta(days=offset)


def is_eligible(one: Article, copy: CopyState, keep: Filter) -> bool:
    """The rules of `Filter`, one by one."""
    when = one.published_at
    now = keep.visible_at.timestamp()
    if not one.recommendable or (when is not None and when > keep.visible_at) or copy.superseded_at <= now:
        return False
    if keep.section is not None and f"{one.section or ''}/".find(f"{keep.section}/") != 0:
        return False
    if keep.published_from is not None and (when is None or when < keep.published_from):
        return False
    if keep.published_to is not None and (when is None or when >= keep.published_to):
        return False
    if keep.languages is not None and one.lang is not None and one.lang.split("-")[0] not in keep.languages:
        return False
    if one.sensitive and not keep.sensitive:
        return False
    return one.id not in keep.excluded_ids and copy.key not in keep.excluded_copies


def vector_of(one: Article) -> npt.NDArray[np.float32]:
    return EMBEDDER.embed([embedding_text(one)])[0]


def query(text: str) -> npt.NDArray[np.float32]:
    return EMBEDDER.embed([text])[0]


CORPUS = corpus()
COPIES = find_copies([key_of(one) for one in CORPUS])
VECTORS = np.stack([vector_of(one) for one in CORPUS])

moments = st.integers(-42, 6).map(day)
filters = st.builds(
    Filter,
    visible_at=st.integers(-45, 6).map(day) | st.just(NOW),
    section=st.sampled_from([*SECTIONS, "wor", "world/eur", "none"]),
    published_from=st.none() | moments,
    published_to=st.none() | moments,
    languages=st.none() | st.frozensets(st.sampled_from(["en", "fr", "pt", "xx"])),
    excluded_ids=st.frozensets(st.sampled_from([one.id for one in CORPUS] + ["unknown"]), max_size=40),
    excluded_copies=st.frozensets(st.sampled_from([c.key for c in COPIES.values()] + [b"\0" * 16]), max_size=20),
    sensitive=st.booleans(),
)
queries = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)


class VectorIndexContract:
    """Inherit, and give `index_of`: from articles to an index of them made with `EMBEDDER`."""

    @pytest.fixture(scope="class")
    @classmethod
    def index_of(cls) -> IndexOf:
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def whole(cls, index_of: IndexOf) -> VectorIndex:
        return index_of(CORPUS)

    @examples(250, suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])
    @given(keep=filters, text=queries, k=st.sampled_from([1, 2, 3, 10, 40, 500]))
    def test_a_search_finds_exactly_the_nearest_eligible_articles(
        self, whole: VectorIndex, keep: Filter, text: str, k: int
    ) -> None:
        scores = dict(zip([one.id for one in CORPUS], VECTORS @ query(text), strict=True))
        eligible = {one.id for one in CORPUS if is_eligible(one, COPIES[one.id], keep)}
        matches = whole.search(query(text), k, keep)
        found = [match.id for match in matches]
        assert len(found) == len(set(found)) == min(k, len(eligible))
        assert set(found) <= eligible
        assert [match.score for match in matches] == pytest.approx([scores[one] for one in found], abs=1e-5)
        assert matches == sorted(matches, key=lambda match: (-match.score, match.id))
        worst = min((match.score for match in matches), default=2)
        assert {one for one in eligible if scores[one] > worst + 1e-5} <= set(found)

    @pytest.mark.parametrize("section", ["world", "world/europe", "world-cup", "local"])
    def test_a_section_holds_what_lies_below_it_and_nothing_that_looks_like_it(
        self, whole: VectorIndex, section: str
    ) -> None:
        found = whole.search(query("mayor"), 500, Filter(NOW, section=section))
        sections = {one.id: one.section for one in CORPUS}
        inside = {"world": {"world", "world/europe", "world/europe/france"}}
        inside |= {
            "world/europe": {"world/europe", "world/europe/france"},
            "world-cup": {"world-cup", "world-cup/fans"},
        }
        assert {sections[match.id] for match in found} == inside.get(section, {section})

    def test_ten_are_found_in_a_small_section_however_many_nearer_ones_lie_elsewhere(self, index_of: IndexOf) -> None:
        near = [article(f"near{n}", "flood", "flood flood", section="world") for n in range(60)]
        far = [article(f"far{n}", "museum", f"film {WORDS[n]}", section="culture") for n in range(10)]
        found = index_of([*near, *far]).search(query("flood"), 10, Filter(NOW, section="culture"))
        assert {match.id for match in found} == {one.id for one in far}

    def test_a_date_window_holds_its_first_moment_and_not_its_last(self, index_of: IndexOf) -> None:
        dates = ["2026-01-01", "2026-01-02", "2026-01-03", None]
        index = index_of([article(f"a{n}", "flood", published_at=date) for n, date in enumerate(dates)])
        window = Filter(
            NOW,
            published_from=datetime.fromisoformat("2026-01-01T00:00:00Z"),
            published_to=datetime.fromisoformat("2026-01-03T00:00:00Z"),
        )
        assert [match.id for match in index.search(query("flood"), 9, window)] == ["a0", "a1"]

    def test_an_article_shows_from_its_very_date_on_and_one_without_a_date_always(self, index_of: IndexOf) -> None:
        index = index_of([article("dated", "flood", published_at=NOW.isoformat()), article("undated", "flood")])
        before = Filter(NOW - timedelta(seconds=1))
        assert [match.id for match in index.search(query("flood"), 9, before)] == ["undated"]
        assert [match.id for match in index.search(query("flood"), 9, Filter(NOW))] == ["dated", "undated"]

    def test_a_replaced_article_shows_until_its_replacement_does(self, index_of: IndexOf) -> None:
        old = article("old", "flood", published_at=day(-2).isoformat())
        new = article("new", "flood again", version_of="old", published_at=NOW.isoformat())
        index = index_of([old, new])
        assert [m.id for m in index.search(query("flood"), 9, Filter(NOW - timedelta(seconds=1)))] == ["old"]
        assert [m.id for m in index.search(query("flood"), 9, Filter(NOW))] == ["new"]

    def test_a_copy_is_left_out_with_the_article_that_it_copies(self, index_of: IndexOf) -> None:
        wire = (
            "The harbour bridge was closed on Monday after a ship struck one of its piers, and it stays closed for now."
        )
        index = index_of(
            [article("a", "One", wire), article("b", "Two", wire), article("c", "Three", "harbour bridge")]
        )
        key = find_copies([key_of(article("a", "One", wire))])["a"].key
        found = index.search(query("harbour bridge"), 9, Filter(NOW, excluded_copies=frozenset([key])))
        assert [match.id for match in found] == ["c"]

    def test_equal_scores_are_ordered_by_id_also_where_only_some_of_them_fit(self, index_of: IndexOf) -> None:
        sections = ["z", "y", "x", "w", "v"]
        index = index_of([article(f"a{n}", "flood", section=section) for n, section in enumerate(sections)])
        for k in range(1, 7):
            found = [match.id for match in index.search(query("flood"), k, Filter(NOW))]
            assert found == ["a0", "a1", "a2", "a3", "a4"][:k]

    @pytest.mark.parametrize("hard_id", HARD_IDS)
    def test_an_id_may_hold_any_character(self, whole: VectorIndex, hard_id: str) -> None:
        own = next(number for number, one in enumerate(CORPUS) if one.id == hard_id)
        stored = whole.get(hard_id)
        assert stored is not None
        np.testing.assert_allclose(stored, VECTORS[own], atol=1e-6)
        keep = Filter(NOW, excluded_ids=frozenset([hard_id]))
        assert hard_id not in [match.id for match in whole.search(VECTORS[own], 500, keep)]

    @pytest.mark.parametrize("unknown", ["unknown", "", "a", "\ud800", "x" * 501, "a13 "])
    def test_an_unknown_id_has_no_vector(self, whole: VectorIndex, unknown: str) -> None:
        assert whole.get(unknown) is None

    def test_an_unknown_id_may_be_excluded(self, whole: VectorIndex) -> None:
        keep = Filter(NOW, excluded_ids=frozenset(["unknown", "\ud800"]))
        assert whole.search(query("mayor"), 5, keep) == whole.search(query("mayor"), 5, Filter(NOW))

    def test_the_count_is_of_all_articles(self, whole: VectorIndex) -> None:
        assert whole.count() == len(CORPUS)

    def test_an_article_without_words_to_embed_is_found_with_score_zero(self, index_of: IndexOf) -> None:
        index = index_of([article("words", "flood"), article("none", "!!!")])
        assert index.search(query("flood"), 9, Filter(NOW)) == [Match("words", pytest.approx(1)), Match("none", 0)]

    @pytest.mark.parametrize("shape", [(31,), (33,), (0,), (1, 32), (32, 1)])
    def test_a_vector_of_another_shape_is_refused_with_both_numbers(
        self, whole: VectorIndex, shape: tuple[int, ...]
    ) -> None:
        with pytest.raises(ValueError, match=r"\(32,\)") as caught:
            whole.search(np.zeros(shape, np.float32), 3, Filter(NOW))
        assert str(shape) in str(caught.value)

    @pytest.mark.parametrize("k", [0, -1])
    def test_a_k_that_is_not_positive_is_refused(self, whole: VectorIndex, k: int) -> None:
        with pytest.raises(ValueError, match=f"got {k}"):
            whole.search(query("mayor"), k, Filter(NOW))

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_a_vector_that_is_not_finite_is_refused(self, whole: VectorIndex, bad: float) -> None:
        vector = query("mayor").copy()
        vector[3] = bad
        with pytest.raises(ValueError, match="finite"):
            whole.search(vector, 3, Filter(NOW))

    def test_searching_changes_neither_what_is_stored_nor_what_was_asked(self, whole: VectorIndex) -> None:
        asked = query("flood bridge") * 3
        some = CORPUS[::8]
        before, kept = [whole.get(one.id).copy() for one in some], asked.copy()
        for keep in (Filter(NOW), Filter(NOW, section="world"), Filter(NOW, languages=frozenset(["fr"]))):
            whole.search(asked, 5, keep)
        assert all(np.array_equal(whole.get(one.id), was) for one, was in zip(some, before, strict=True))
        assert np.array_equal(asked, kept)

    def test_a_vector_that_was_given_out_cannot_change_what_is_stored(self, whole: VectorIndex) -> None:
        given_out = whole.get("a20")
        try:
            given_out *= 0
        except ValueError:
            return  # it is read-only
        assert whole.get("a20").any()
