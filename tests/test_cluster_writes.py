"""What is projected into shared engines follows what is written, costs what changed, and is never served when it is stale."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from cluster_fixtures import Shared
from helpers import NOW, CountingEmbedder, article, opened, rebuild_with
from recommender_fixtures import Fixed, editorial, ids

from index.article import Article
from index.article_writes import delete_article, put_articles
from index.catalogue import Catalogue, place_of
from index.cluster.postings import segment_numbers
from index.cluster.segment_rows import SegmentRows
from index.cluster.store import Placed, put
from index.cluster.tables import served_terms
from index.errors import IndexAway
from index.rules import RuleDraft
from recommender.errors import UnknownArticle
from recommender.policy import load_policy
from recommender.question import Question
from recommender.recommend import Answer, Recommender

WORDS = "harbour flood wall river council vote budget ferry bridge tide lantern market quay storm pump".split()


def piece(number: int, title: str | None = None, **fields: object) -> Article:
    """Article `number`, all on much the same subject."""
    words = [WORDS[(number * step + step) % len(WORDS)] for step in range(1, 9)]
    given = {
        "url": f"https://paper.example/{number}",
        "section": "news" if number % 3 else "sport",
        "published_at": f"2026-02-{number % 27 + 1:02}T08:00:00Z",
        "updated_at": "2026-02-28T08:00:00Z",
        "tags": [WORDS[number % 4]],
        **fields,
    }
    return article(
        f"a{number:02}", title or f"The {words[0]} and the {words[1]} {number}", f"{' '.join(words)}. {number}", **given
    )


@pytest.fixture
def shared(data: Path) -> Iterator[Shared]:
    rebuild_with(data, [piece(number) for number in range(40)])
    made = Shared(data)
    made.renew(opened(data))
    yield made
    made.close()


def asked(recommender: Recommender, article_id: str, slot: str = "also-read", **question: object) -> Answer:
    return recommender.suggest(slot, recommender.locate_id(article_id, NOW), Question(NOW, **question))


def write(shared: Shared, *articles: Article) -> None:
    put_articles(shared.catalogue, articles)


def test_what_is_written_is_served_once_it_is_projected_and_not_half_before(shared: Shared) -> None:
    recommender, new = shared.recommender(), piece(50, "The harbour wall at last")
    write(shared, new)
    with pytest.raises(UnknownArticle):
        recommender.locate_id(new.id, NOW)
    shared.follow()
    answer = asked(recommender, new.id)
    assert (answer.article["title"], answer.embedded) == ("The harbour wall at last", False)
    assert answer.items
    assert new.id in [one for number in range(40) for one in ids(asked(recommender, f"a{number:02}", limit=20))]


def test_what_is_taken_down_is_gone_at_once_before_anything_is_projected(shared: Shared) -> None:
    recommender = shared.recommender()
    shown = ids(asked(recommender, "a01", limit=10))
    delete_article(shared.catalogue, shown[0])
    write(shared, piece(int(shown[1][1:]), status="unpublished", updated_at="2026-03-01T08:00:00Z"))
    left = ids(asked(recommender, "a01", limit=10))
    assert not {shown[0], shown[1]} & set(left)
    for gone in shown[:2]:
        with pytest.raises(UnknownArticle):
            recommender.locate_id(gone, NOW)
    shared.follow()
    assert not {shown[0], shown[1]} & set(ids(asked(recommender, "a01", limit=10)))
    assert not {shown[0], shown[1]} & shared.vectors.rows[shared.vectors.serving or ""].keys()


def test_an_edited_article_is_never_shown_as_it_was(shared: Shared) -> None:
    recommender = shared.recommender()
    shown = ids(asked(recommender, "a01", limit=10))[0]
    write(shared, piece(int(shown[1:]), "Corrected: another headline", updated_at="2026-03-01T08:00:00Z"))
    assert shown not in ids(asked(recommender, "a01", limit=10))
    assert asked(recommender, shown).items, "whoever is on its page sees a list, of what it was"
    shared.follow()
    answer = asked(recommender, "a01", limit=40)
    assert [item.card["title"] for item in answer.items if item.id == shown] in ([], ["Corrected: another headline"])
    assert recommender.locate_id(shown, NOW).card()["title"] == "Corrected: another headline"


def test_an_edited_article_is_not_asked_about_before_its_new_date(shared: Shared) -> None:
    write(shared, piece(1, published_at="2031-01-01T00:00:00Z", updated_at="2026-03-01T08:00:00Z"))
    with pytest.raises(UnknownArticle):
        shared.recommender().locate_id("a01", NOW)


def test_a_new_generation_writes_what_changed_and_moves_what_stays(shared: Shared) -> None:
    shared.vectors.written.clear()
    changed = [piece(number, "Changed" if number == 7 else None) for number in range(1, 41)]
    rebuild_with(shared.data, changed)
    assert shared.renew(opened(shared.data)) == 2
    assert sorted(shared.vectors.written) == ["a07", "a40"]
    much_the_same_as_here(shared)
    with pytest.raises(UnknownArticle):
        shared.recommender().locate_id("a00", NOW)
    for _ in range(8):  # segments are merged on the way, and rows move
        changed.append(piece(len(changed) + 1))
        rebuild_with(shared.data, changed)
        shared.renew(opened(shared.data))
        much_the_same_as_here(shared)
    assert shared.segments() == [segment.name for segment in opened(shared.data).segments]


def test_a_generation_does_not_undo_what_was_written_after_it(shared: Shared) -> None:
    rebuild_with(shared.data, [piece(number, "Rebuilt" if number == 3 else None) for number in range(40)])
    snapshot = opened(shared.data)
    write(shared, piece(3, "Written later", updated_at="2026-03-01T08:00:00Z"), piece(60, "New meanwhile"))
    delete_article(shared.catalogue, "a05")
    shared.follow()
    shared.renew(snapshot)
    recommender = shared.recommender()
    for article_id, title in (("a03", "Written later"), ("a60", "New meanwhile")):
        assert recommender.locate_id(article_id, NOW).card()["title"] == title
    with pytest.raises(UnknownArticle):
        recommender.locate_id("a05", NOW)
    shared.follow()
    assert recommender.locate_id("a03", NOW).card()["title"] == "Written later"
    assert "a05" not in shared.vectors.rows[shared.vectors.serving or ""]


def test_another_model_fills_another_collection_and_nothing_is_mixed(shared: Shared) -> None:
    recommender, before = shared.recommender(), shared.vectors.serving
    old = shown_of(recommender)
    rebuild_with(shared.data, [piece(number) for number in range(40)], CountingEmbedder(32))
    assert shown_of(recommender) == old
    shared.renew(opened(shared.data))
    assert shared.vectors.serving != before
    assert before in shared.vectors.rows, "who began with it ends with it"
    recommender.index.look()  # type: ignore[attr-defined]  # of a shared index
    same_as_here(shared, recommender)


def test_an_interrupted_projection_is_done_again(shared: Shared) -> None:
    rebuild_with(shared.data, [piece(number, f"All new {number}") for number in range(40)], CountingEmbedder(32))
    shared.vectors.fails_after = 0
    with pytest.raises(IndexAway):
        shared.renew(opened(shared.data))
    shared.vectors.fails_after = None
    shared.renew(opened(shared.data))
    same_as_here(shared)


def test_a_change_whose_projection_was_interrupted_is_projected_again_and_leaves_nothing(shared: Shared) -> None:
    before = shared.segments()
    write(shared, piece(50, "The harbour wall at last"))
    shared.vectors.fails_after = 0
    with pytest.raises(IndexAway):
        shared.follow()
    shared.vectors.fails_after = None
    assert shared.follow() == ["a50"]
    assert not shared.follow()
    assert len(shared.segments()) == len(before) + 1
    with shared.catalogue.engine.connect() as connection:
        numbers = set(connection.execute(sa.select(served_terms.c.segment)).scalars())
        assert numbers == set(segment_numbers(connection).values())
    assert shared.recommender().locate_id("a50", NOW).card()["title"] == "The harbour wall at last"


def test_an_archive_without_an_article_is_projected_too(data: Path) -> None:
    rebuild_with(data, [], force=True)
    empty = Shared(data)
    assert empty.renew(opened(data)) == 0
    with pytest.raises(UnknownArticle):
        empty.recommender().locate_id("a01", NOW)
    empty.close()


def test_what_is_blocked_keeps_its_copies_out_though_it_is_itself_no_candidate(data: Path) -> None:
    words = " ".join(WORDS) + " and twenty words of its own besides these here to be one text"
    twins = [
        article("a90", "The harbour twice", words, recommendable=False, published_at="2026-02-01T08:00:00Z"),
        article("a91", "The harbour twice", words, published_at="2026-02-02T08:00:00Z"),
    ]
    rebuild_with(data, [*(piece(number) for number in range(40)), *twins])
    both = Shared(data)
    both.renew(opened(data))
    rules = editorial(RuleDraft("block", None, "a90"))
    free, bound = both.recommender(), both.recommender(rules=rules)
    beside = [f"a{number:02}" for number in range(40)]
    shown = [one for one in beside if "a91" in ids(asked(free, one, limit=10, fallback=False))]
    assert shown
    for one in shown:
        assert "a91" not in ids(asked(bound, one, limit=10, fallback=False))
    both.close()


def test_a_row_that_is_older_than_its_article_is_not_put_in_its_place(shared: Shared) -> None:
    segment = opened(shared.data).segments[0]
    row = SegmentRows(segment)[int(segment.row_of_id("a03") or 0)]
    write(shared, piece(3, "Written later", updated_at="2026-03-01T08:00:00Z"))
    shared.follow()
    with shared.catalogue.engine.begin() as connection:
        put(connection, [Placed(row, np.zeros(len(row.terms.hashes)), 0)], seq=0)
    assert shared.recommender().locate_id("a03", NOW).card()["title"] == "Written later"


def test_what_editors_settle_holds_as_it_does_with_an_index(shared: Shared) -> None:
    shown = ids(asked(shared.recommender(), "a01", limit=10))
    rules = editorial(
        RuleDraft("block", None, shown[0]),
        RuleDraft("block", "a01", shown[1]),
        RuleDraft("sensitive", None, shown[2]),
        RuleDraft("pin", "a01", "a33", position=2),
    )
    here = Recommender(Fixed(opened(shared.data)), load_policy(), rules=rules)
    there = shared.recommender(rules=rules)
    for slot in ("also-read", "more-in-section"):
        for exclude in (frozenset(), frozenset({shown[4]})):
            one, other = (asked(each, "a01", slot, limit=10, exclude=exclude) for each in (here, there))
            assert [(item.id, item.source) for item in one.items] == [(item.id, item.source) for item in other.items]
            pinned = [
                each.pinned(slot, each.locate_id("a01", NOW), Question(NOW, exclude=exclude)) for each in (here, there)
            ]
            assert pinned[0] == pinned[1]


def test_while_milvus_is_away_lists_are_made_of_the_newest_say_so_and_soon_nobody_asks(shared: Shared) -> None:
    recommender = shared.recommender()
    shared.vectors.away = True
    for _ in range(8):
        answer = asked(recommender, "a01")
        assert answer.items
        assert answer.away
        assert "does not answer" in (answer.fallback or "")
    assert shared.vectors.asked <= 3
    assert "Milvus" in (recommender.index.problem or "")


def test_an_address_finds_its_article_and_a_former_one_does_too(shared: Shared) -> None:
    recommender = shared.recommender()
    write(shared, piece(2, url="https://paper.example/moved", updated_at="2026-03-01T08:00:00Z"))
    shared.follow()
    for url in ("https://paper.example/moved", "https://paper.example/2"):
        assert recommender.locate_url(url, NOW).id == "a02"
    with pytest.raises(UnknownArticle):
        recommender.locate_url("https://paper.example/never", NOW)


def same_as_here(shared: Shared, there: Recommender | None = None) -> None:
    assert shown_of(Recommender(Fixed(opened(shared.data)), load_policy())) == shown_of(there or shared.recommender())


def much_the_same_as_here(shared: Shared) -> None:
    """Rows that stayed know how rare their terms were when they were written, which in a small archive is another thing."""
    both = (shown_of(Recommender(Fixed(opened(shared.data)), load_policy())), shown_of(shared.recommender()))
    alike = [{one[0] for one in here[1]} - {one[0] for one in there[1]} for here, there in zip(*both, strict=True)]
    assert sum(len(missing) <= 1 for missing in alike) >= 0.9 * len(alike)


def shown_of(recommender: Recommender) -> list[tuple[str, list[tuple[object, ...]], str | None]]:
    found: list[tuple[str, list[tuple[object, ...]], str | None]] = []
    for number in range(1, 40):
        for slot in ("also-read", "more-in-section"):
            answer = asked(recommender, f"a{number:02}", slot)
            found.append(
                (answer.article_id, [(one.id, one.score, one.reasons) for one in answer.items], answer.fallback)
            )
    return found


def test_the_catalogue_says_what_is_projected(shared: Shared) -> None:
    with Catalogue.open(place_of(shared.data)) as catalogue:
        assert catalogue.count() == 40
    assert shared.index().snapshot().manifest.articles == 40
