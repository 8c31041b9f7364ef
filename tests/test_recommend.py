"""What readers are promised, on archives that can be read by eye."""

from datetime import UTC, datetime, timedelta

import pytest
from helpers import article, examples
from hypothesis import given
from hypothesis import strategies as st
from recommender_fixtures import NOW, Fixed, asking, changed, ids

from index.article import Article
from index.embedder import WordHashEmbedder
from recommender.errors import UnknownArticle
from recommender.policy import load_policy
from recommender.recommend import Recommender

FLOOD = "The river Tamble rose over the flood wall at Quay Street and the pumps ran all night long until morning came"


def flood(article_id: str, more: str = "", **fields: object) -> Article:
    given_fields = {"section": "news", "published_at": "2026-03-01", "lang": "en", **fields}
    return article(article_id, f"Flood {article_id}", f"{FLOOD} {more}", **given_fields)


def test_an_article_never_suggests_itself_nor_a_copy_under_another_id(build):
    answer = asking(
        build(
            [
                flood("subject", "one"),
                flood("wire", "one", section="business"),
                flood("corrected", "one and a half", version_of="subject"),
                flood("same-place", "nothing alike", url="https://e.example/a"),
                flood("follow-up", "two"),
            ]
        )
    )
    assert ids(answer) == ["same-place", "follow-up"] or ids(answer) == ["follow-up", "same-place"]


def test_an_article_at_the_subjects_own_address_is_the_same_page_and_never_suggested(build):
    here = "https://e.example/live"
    answer = asking(
        build([flood("subject", "one", url=here), flood("old", "two", url=here + "/"), flood("other", "3")])
    )
    assert ids(answer) == ["other"]


def test_a_list_holds_one_of_several_copies_the_newest(build):
    copies = [flood(f"copy-{n}", "wire", published_at=f"2026-02-0{n}") for n in (1, 3, 2)]
    answer = asking(build([flood("subject", "own"), *copies, flood("other", "else")]))
    assert sorted(ids(answer)) == ["copy-3", "other"]


def test_what_a_correction_replaced_is_never_suggested_and_still_answers(build):
    snapshot = build([flood("subject"), flood("first", "wrong"), flood("second", "right", version_of="first")])
    assert ids(asking(snapshot)) == ["second"]
    assert ids(asking(snapshot, article_id="first")) == ["subject"]


def test_a_piece_dated_in_the_future_is_nowhere_until_then(build):
    snapshot = build([flood("subject"), flood("later", "x", published_at="2026-03-14T09:00:00Z")])
    assert ids(asking(snapshot)) == []
    with pytest.raises(UnknownArticle):
        asking(snapshot, article_id="later")
    at_nine = NOW.replace(hour=9, minute=0)
    assert ids(asking(snapshot, now=at_nine)) == ["later"]
    assert ids(asking(snapshot, article_id="later", now=at_nine)) == ["subject"]


def test_more_in_section_never_leaves_the_top_level_section_and_fills_from_all_of_it(build):
    inside = [article(f"in-{n}", "Elsewhere", f"Words number {n}", section=f"news/{n % 3}") for n in range(10)]
    outside = [flood("near", "x", section="newsroom"), flood("none", "y", section=None)]
    answer = asking(build([flood("subject"), *inside, *outside]), "more-in-section", limit=10)
    assert sorted(ids(answer)) == sorted(item.id for item in inside)
    assert {item.source for item in answer.items} == {"section"}


def test_more_in_section_of_an_article_without_a_section_is_empty_and_says_so(build):
    answer = asking(build([flood("subject", section=None), flood("other", "x")]), "more-in-section")
    assert answer.items == ()
    assert answer.fallback == "the article has no section"


def test_copies_never_crowd_others_out_however_many(build):
    crowd = [flood(f"copy-{n:02}", "wire") for n in range(40)]
    others = [article(f"other-{n}", f"Far {n}", f"Unlike thing {n}", section="news", lang="en") for n in range(9)]
    policy = changed("more-in-section", candidates=10)
    answer = asking(build([flood("subject", "own"), *crowd, *others]), "more-in-section", policy, limit=10)
    assert len(ids(answer)) == 10
    assert len([found for found in ids(answer) if found.startswith("copy")]) == 1


def test_too_few_related_are_filled_up_from_the_section_and_then_from_all_and_the_answer_says_so(build):
    snapshot = build(
        [
            flood("subject"),
            flood("related", "x"),
            article("section-old", "Zebra", "Quite unlike", section="news", published_at="2026-01-01"),
            article("section-new", "Yak", "So different", section="news", published_at="2026-02-01"),
            article("elsewhere", "Xenon", "Wholly other", section="sport", published_at="2026-03-01"),
        ],
        embedder=WordHashEmbedder(4096),
    )
    answer = asking(snapshot, limit=4)
    assert [(item.id, item.source) for item in answer.items] == [
        ("related", "similar"),
        ("section-new", "section"),
        ("section-old", "section"),
        ("elsewhere", "latest"),
    ]
    assert answer.fallback == (
        "1 of 4 are related enough; filled up with the 2 newest of the section and the 1 newest of all sections"
    )
    assert ids(asking(snapshot, limit=4, fallback=False)) == ["related"]
    assert asking(snapshot, limit=4, fallback=False).fallback is None


def test_filling_up_honours_exclusions_and_copies(build):
    snapshot = build(
        [
            flood("subject"),
            *(article(f"wire-{n}", f"Wire {n}", "The very same words " * 10, section="news") for n in range(3)),
            article("blocked", "Zebra", "Quite unlike", section="news"),
        ]
    )
    answer = asking(snapshot, exclude=frozenset({"blocked"}))
    assert len(ids(answer)) == 1
    assert ids(answer)[0].startswith("wire")


def test_languages_do_not_mix_unless_allowed(build):
    snapshot = build([flood("subject"), flood("german", "x", lang="de"), flood("british", "y", lang="en-GB")])
    assert ids(asking(snapshot)) == ["british"]
    assert ids(asking(snapshot, languages=frozenset({"de"}))) == ["german"]
    assert sorted(ids(asking(snapshot, policy=changed("also-read", mix_languages=True)))) == ["british", "german"]


def test_sensitive_pieces_are_neither_suggested_nor_suggested_beside(build):
    snapshot = build([flood("subject"), flood("death", "x", sensitive=True), flood("other", "y")])
    assert ids(asking(snapshot)) == ["other"]
    answer = asking(snapshot, article_id="death")
    assert answer.items == ()
    assert "sensitive" in (answer.fallback or "")
    open_policy = changed("also-read", suggest_sensitive=True, on_sensitive="suggestions")
    assert sorted(ids(asking(snapshot, policy=open_policy))) == ["death", "other"]
    assert sorted(ids(asking(snapshot, policy=open_policy, article_id="death"))) == ["other", "subject"]


def test_a_piece_that_is_not_recommendable_still_gets_suggestions(build):
    snapshot = build([flood("subject"), flood("notice", "x", recommendable=False)])
    assert ids(asking(snapshot)) == []
    assert ids(asking(snapshot, article_id="notice")) == ["subject"]


def test_background_shows_only_what_came_before(build):
    snapshot = build(
        [
            flood("subject"),
            flood("before", "x", published_at="2026-02-28"),
            flood("after", "y", published_at="2026-03-02"),
        ]
    )
    assert ids(asking(snapshot, "background")) == ["before"]


def test_age_counts_from_the_article_and_a_newer_piece_has_none(build):
    snapshot = build(
        [
            flood("subject", "own", published_at="2020-06-01"),
            flood("years-after", "twin", published_at="2026-03-01"),
            flood("years-before", "pair", published_at="2014-06-01"),
        ]
    )
    assert ids(asking(snapshot)) == ["years-after", "years-before"]


def test_more_in_section_leans_to_the_newest_even_in_an_archive_that_came_to_rest_years_ago(build):
    alike = flood("subject", "own", published_at="2014-06-01")
    old = flood("old-and-alike", "twin", published_at="2014-05-01")
    fresh = [article(f"fresh-{n}", "Far", f"Unlike {n}", section="news", published_at=f"2019-01-0{n}") for n in (1, 2)]
    assert ids(asking(build([alike, old, *fresh]), "more-in-section")) == ["fresh-2", "fresh-1", "old-and-alike"]


def test_bounds_of_the_request_hold(build):
    snapshot = build(
        [flood("subject"), flood("old", "x", published_at="2025-01-01"), flood("new", "y", published_at="2026-02-20")]
    )
    assert ids(asking(snapshot, max_age=timedelta(days=30))) == ["new"]
    assert ids(asking(snapshot, before=datetime(2026, 1, 1, tzinfo=UTC))) == ["old"]
    assert ids(asking(snapshot, exclude=frozenset({"new"}))) == ["old"]
    assert ids(asking(snapshot, limit=1)) == ["new"]
    assert ids(asking(snapshot, max_age=timedelta(days=365 * 9_000))) == ["new", "old"]


def test_an_archive_of_one_article_gives_an_empty_list(build):
    answer = asking(build([flood("subject")]))
    assert answer.items == ()
    assert answer.fallback is None


def test_the_answer_holds_for_the_hour(build):
    snapshot = build([flood("subject"), *(flood(f"other-{n}", f"word{n}") for n in range(8))])
    minutes = [
        asking(snapshot, slot, now=NOW.replace(minute=m)) for m in (0, 59) for slot in ("also-read", "more-in-section")
    ]
    assert minutes[0] == minutes[2]
    assert minutes[1] == minutes[3]


def test_of_two_articles_at_one_address_the_newest_answers_and_the_other_by_its_id(build):
    here = "https://e.example/a"
    snapshot = build([flood("old", url=here), flood("new", "x", url=here, published_at="2026-03-05")])
    recommender = Recommender(Fixed(snapshot), load_policy())
    assert snapshot.id_of(recommender.locate_url("http://E.example/a/?utm_source=x", NOW).row) == "new"
    before_new = datetime(2026, 3, 2, tzinfo=UTC)
    assert snapshot.id_of(recommender.locate_url(here, before_new).row) == "old"
    assert snapshot.id_of(recommender.locate_id("old", NOW).row) == "old"


words = st.lists(
    st.sampled_from("river wall goal vote pump club song mayor quay budget".split()),
    min_size=1,
    max_size=12,
)
pieces = st.lists(
    st.tuples(words, st.sampled_from(["news", "news/flood", "sport", None]), st.integers(0, 400)),
    min_size=1,
    max_size=25,
)


@examples(20)
@given(pieces, st.integers(1, 12), st.booleans())
def test_lists_are_unique_within_the_limit_without_the_subject_and_complete(tmp_path_factory, rows, limit, fallback):
    from helpers import opened, rebuild_with

    folder = tmp_path_factory.mktemp("archive") / "data"
    start = datetime(2024, 1, 1, tzinfo=UTC)
    archive = [
        article(
            f"a{n}", f"T{n}", " ".join(text), section=section, published_at=(start + timedelta(days=day)).isoformat()
        )
        for n, (text, section, day) in enumerate(rows)
    ]
    rebuild_with(folder, archive)
    snapshot = opened(folder)
    for slot in ("also-read", "more-in-section", "background"):
        answer = asking(snapshot, slot, article_id="a0", limit=limit, fallback=fallback)
        assert "a0" not in ids(answer)
        assert len(set(ids(answer))) == len(answer.items) <= limit
        plain_answer = asking(
            snapshot, slot, changed(slot, diversity=0.0), article_id="a0", limit=limit, fallback=fallback
        )
        scores = [item.score for item in plain_answer.items]
        assert scores == sorted(scores, reverse=True)
        assert len(plain_answer.items) == len(answer.items)
        if slot == "also-read" and fallback:
            assert len(answer.items) == min(limit, len(archive) - 1)
        if slot == "more-in-section" and rows[0][1]:
            inside = [r for r in rows[1:] if r[1] and r[1].split("/")[0] == rows[0][1].split("/")[0]]
            assert len(answer.items) == min(limit, len(inside))
        assert answer == asking(snapshot, slot, article_id="a0", limit=limit, fallback=fallback)
