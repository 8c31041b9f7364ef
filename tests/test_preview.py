"""What a draft would bring is what it brings once it is published: its lists, and its place in those of others."""

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers import article, opened, rebuild_with
from recommender_fixtures import Fixed, ids
from service_fixtures import NOON, small_archive

from index.article import Article
from index.article_record import parse_article
from index.embedder import Embedder, WordHashEmbedder, embedding_text
from index.errors import EmbeddingUnavailable
from index.snapshot import Snapshot
from recommender.draft import draft_id
from recommender.page import Asked
from recommender.policy import SLOTS, load_policy
from recommender.preview import MISSES, NEAREST, STARTING, Preview, Previewer
from recommender.question import Question
from recommender.recommend import Recommender

Build = Callable[..., Snapshot]

FLOOD = "river flood wall quay rain tide sandbags engineers pumps meadow culvert sluice"


class Lent:
    """The model of the index, lent as the indexer lends it."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        self.embedder = embedder or WordHashEmbedder(64)
        self.texts: list[str] = []

    def embed(self, text: str, model: str, dimension: int):
        assert (model, dimension) == (self.embedder.model, self.embedder.dimension)
        self.texts.append(text)
        return self.embedder.embed([text])[0]


class Away:
    def embed(self, text: str, model: str, dimension: int):
        raise EmbeddingUnavailable("the indexer is not running")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The small archive."""
    data = tmp_path_factory.mktemp("base") / "data"
    rebuild_with(data, archive())
    return opened(data)


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The same with the draft published."""
    data = tmp_path_factory.mktemp("later") / "data"
    rebuild_with(data, [*archive(), draft(published_at=NOON.isoformat())])
    return opened(data)


def archive() -> list[Article]:
    return [parse_article(record) for record in small_archive()]


def draft(**fields: object) -> Article:
    given = {"title": "Flood wall holds", "text": FLOOD, "section": "news/flood", "lang": "en", **fields}
    return article("draft", **given)


def previewed(snapshot: Snapshot, one: Article, embeds: object = None, **options: object) -> Preview:
    recommender = Recommender(Fixed(snapshot), load_policy())
    return Previewer(recommender, embeds or Lent()).preview(one, Question(NOON), **options)


def served(snapshot: Snapshot, article_id: str, slot: str):
    recommender = Recommender(Fixed(snapshot), load_policy())
    return recommender.suggest(slot, recommender.locate_id(article_id, NOON), Question(NOON))


def essence(answer) -> list[tuple]:
    return [(item.id, item.score, item.source, item.reasons, item.breakdown) for item in answer.items]


def test_a_draft_gets_the_lists_that_it_has_once_it_is_published(base: Snapshot, later: Snapshot):
    came = previewed(base, draft())
    for answer in came.answers:
        after = served(later, "draft", answer.slot)
        assert essence(answer) == essence(after), answer.slot
        assert (answer.fallback, answer.list_id) == (after.fallback, after.list_id)
    assert [answer.slot for answer in came.answers] == list(SLOTS)
    assert ids(came.answers[0])[0].startswith("flood-")


def test_those_that_would_suggest_it_are_those_that_do_once_it_is_published(
    base: Snapshot, later: Snapshot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("recommender.preview.NEAREST", 100)
    monkeypatch.setattr("recommender.preview.MISSES", 100)
    came = previewed(base, draft())
    expected = set()
    for one in archive():
        for slot in STARTING:
            listed = ids(served(later, one.id, slot))
            if "draft" in listed:
                expected.add((one.id, slot, listed.index("draft") + 1))
    assert {(start.id, start.slot, start.position) for start in came.starts} == expected
    assert expected
    assert came.starts[0].id.startswith("flood-")
    assert all(start.item.id == "draft" for start in came.starts)


def test_nothing_of_a_draft_stays(base: Snapshot):
    before = essence(served(base, "flood-1", "also-read"))
    previewed(base, draft())
    assert base.row_of_id("draft") is None
    assert essence(served(base, "flood-1", "also-read")) == before


def test_two_drafts_do_not_see_each_other(base: Snapshot):
    recommender = Recommender(Fixed(base), load_policy())
    previewer = Previewer(recommender, Lent())
    first = previewer.preview(draft(), Question(NOON))
    previewer.preview(article("other", "Flood wall breaks", FLOOD, section="news/flood"), Question(NOON))
    again = previewer.preview(draft(), Question(NOON))
    assert first == again
    assert all("other" not in ids(answer) for answer in again.answers)


def test_an_archive_that_is_served_no_more_is_let_go(build: Build):
    fixed = Fixed(build([article("a"), article("b")]))
    previewer = Previewer(Recommender(fixed, load_policy()), Lent())
    previewer.preview(draft(), Question(NOON))
    old = weakref.ref(fixed.snapshot())
    fixed._snapshot = build([article("c")], force=True)
    gc.collect()
    assert old() is None
    assert previewer.preview(draft(), Question(NOON)).answers[0].items[0].id == "c"


def test_without_the_indexer_terms_rank_and_that_is_said(base: Snapshot):
    came = previewed(base, draft(), Away())
    assert came.by_terms == "the indexer is not running: ranked by terms, section and date"
    assert ids(came.answers[0])[0].startswith("flood-")
    assert "ranked by terms" in (came.answers[0].fallback or "")
    assert came.starts


def test_a_draft_that_the_archive_has_already_is_never_suggested_to_itself(data: Path):
    text = " ".join(f"word{number}" for number in range(40))
    published = article("published", "The wall", text, section="news", published_at="2026-03-01")
    rebuild_with(data, [*archive(), published])
    for fields in ({}, {"version_of": "published", "text": FLOOD}):
        came = previewed(opened(data), article("draft", **{"title": "The wall", "text": text, **fields}))
        assert came.known_as == ("published",)
        assert all("published" not in ids(answer) for answer in came.answers)
        assert "published" not in {start.id for start in came.starts}


def test_a_draft_of_a_published_article_takes_its_place(base: Snapshot):
    came = previewed(base, article("flood-2", "flood2", FLOOD, section="news/flood", lang="en"))
    assert came.known_as == ("flood-2",)
    assert all("flood-2" not in ids(answer) for answer in came.answers)
    for start in came.starts:
        assert "flood-2" not in ids(served(base, start.id, start.slot))


def test_a_draft_for_later_has_the_lists_of_the_moment(base: Snapshot):
    later = previewed(base, draft(published_at="2030-01-01"))
    now = previewed(base, draft())
    assert [essence(answer) for answer in later.answers] == [essence(answer) for answer in now.answers]


@pytest.mark.parametrize("fields", [{"recommendable": False}, {"sensitive": True}])
def test_what_may_not_be_suggested_starts_nowhere(base: Snapshot, fields: dict[str, object]):
    assert previewed(base, draft(**fields)).starts == ()


def test_each_slot_has_its_own_limit_and_only_those_asked_for_come(base: Snapshot):
    came = previewed(base, draft(), slots=[Asked("more-in-section", 2), Asked("also-read", 1)])
    assert [(answer.slot, len(answer.items)) for answer in came.answers] == [("more-in-section", 2), ("also-read", 1)]


def test_it_can_be_asked_under_another_policy(base: Snapshot):
    policy = load_policy()
    other = type(policy)({**policy.slots, "also-read": policy.slots["also-read"].model_copy(update={"limit": 1})})
    came = previewed(base, draft(), policies=other)
    assert len(came.answers[0].items) == 1
    assert came.answers[0].list_id.split(".")[1] == other.version


def test_those_less_like_it_are_not_asked_where_the_likest_would_not_suggest_it(build: Build):
    old = [article(f"a{n}", f"River {n}", FLOOD, published_at="2026-03-01", series="same") for n in range(20)]
    came = previewed(build(old), article("draft", "Tulips", "Tulips in bloom."))
    assert (came.starts, came.looked_at) == ((), MISSES)
    assert previewed(build(old), draft()).looked_at <= NEAREST


def test_starting_can_be_left_out(base: Snapshot):
    came = previewed(base, draft(), would_suggest=False)
    assert (came.starts, came.looked_at) == ((), 0)


def test_what_is_embedded_is_what_a_rebuild_would_embed(base: Snapshot):
    lent = Lent()
    previewed(base, draft(), lent)
    assert lent.texts == [embedding_text(draft())]


def test_an_empty_word_and_a_foreign_language_do_not_fail(base: Snapshot):
    for one in (article("draft", "…", ""), article("draft", "Überschwemmung", "Das Wasser steigt.", lang="de")):
        came = previewed(base, one)
        assert len(came.answers) == len(SLOTS)
        assert previewed(base, one, Away()).answers[0].article_id == "draft"


def test_an_id_for_a_draft_is_of_no_article(build: Build):
    taken = draft_id(build([article("a")]), "words")
    snapshot = build([article("a"), article(taken)])
    fresh = draft_id(snapshot, "words")
    assert fresh != taken
    assert draft_id(snapshot, "words") == fresh
    assert snapshot.row_of_id(fresh) is None


def test_the_vector_is_that_of_the_text(base: Snapshot):
    came = previewed(base, draft())
    item = came.answers[0].items[0]
    assert item.breakdown is not None
    meaning = {share.feature: share.value for share in item.breakdown.shares}["meaning"]
    assert 0 < meaning <= 1
    assert np.isfinite(meaning)
