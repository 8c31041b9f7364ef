"""What an editor settles in a policy holds in the lists that readers get."""

from collections.abc import Sequence

import pytest
from helpers import article
from recommender_fixtures import asking, ids, plain, weights

from index.article import Article
from index.embedder import WordHashEmbedder
from index.snapshot import Snapshot
from recommender.policy import Marked

FLOOD = "river flood wall quay pumps rain tide engineers"


def piece(article_id: str, more: str = "", **fields: object) -> Article:
    given = {"published_at": "2026-03-01", "section": "news", **fields}
    return article(article_id, f"T{article_id}", f"{FLOOD} {more or article_id}", **given)


def far(article_id: str, **fields: object) -> Article:
    given = {"published_at": "2026-03-01", "section": "news", **fields}
    return article(article_id, f"T{article_id}", f"unlike{article_id} thing{article_id}", **given)


def words_only(**settings: object):
    return plain(**{"weights": weights(words=4.0), **settings})


MARKED = [
    piece("subject"),
    piece("tagged", tags=["Court", "river"]),
    piece("typed", type="Opinion"),
    piece("signed", authors=["Ann Lee"]),
    piece("deep", section="sport/rowing/regatta"),
    piece("section-alike", section="sports"),
    piece("plain"),
]
EVERY = {"tagged", "typed", "signed", "deep", "section-alike", "plain"}


@pytest.mark.parametrize(
    ("marked", "gone"),
    [
        (Marked(ids=("tagged", "nobody")), {"tagged"}),
        (Marked(tags=("COURT",)), {"tagged"}),
        (Marked(types=("opinion",)), {"typed"}),
        (Marked(authors=("ann lee",)), {"signed"}),
        (Marked(sections=("sport",)), {"deep"}),
        (Marked(sections=("Sport/Rowing/",)), {"deep"}),
        (Marked(sections=("sport/row",)), set()),
        (Marked(tags=("opinion", "news", "ann lee")), set()),
        (Marked(types=("court", "sport")), set()),
        (Marked(sections=("court", "opinion")), set()),
        (Marked(ids=("plain",), tags=("river",), authors=("Ann Lee",)), {"plain", "tagged", "signed"}),
    ],
)
def test_what_is_marked_is_never_suggested_and_nothing_stands_on_it(build, marked: Marked, gone: set[str]):
    snapshot = build(MARKED)
    fallback = ("section", "latest")
    answer = asking(snapshot, policy=words_only(never_suggest=marked, fallback=fallback))
    assert set(ids(answer)) == EVERY - gone
    for article_id in EVERY:
        answer = asking(snapshot, policy=words_only(never_on=marked, fallback=fallback), article_id=article_id)
        if article_id in gone:
            assert (answer.items, answer.fallback) == ((), "the policy shows nothing beside this article")
        else:
            assert set(ids(answer)) == (EVERY | {"subject"}) - {article_id}


def test_what_is_marked_does_not_come_in_by_filling_up_either(build):
    snapshot = build([piece("subject"), *(far(f"x{n}", tags=["court"] if n % 2 else []) for n in range(8))])
    policy = words_only(
        never_suggest=Marked(tags=("court",)), minimum_relevance=0.5, fallback=("section", "latest"), limit=8
    )
    assert set(ids(asking(snapshot, policy=policy))) == {"x0", "x2", "x4", "x6"}


APART = (("obituaries", "comedy"), ("court", "Sport"))


def test_pairs_kept_apart_never_stand_in_one_list(build):
    snapshot = build(
        [
            piece("subject"),
            piece("death", section="obituaries/local", published_at="2026-02-28"),
            piece("joke", tags=["Comedy"], published_at="2026-02-27"),
            piece("match", section="sport", published_at="2026-02-26"),
            piece("verdict", type="court", published_at="2026-02-25"),
            piece("plain", published_at="2026-02-24"),
        ]
    )
    policy = words_only(apart=APART, recency=1.0, grace_days=0.0)
    assert set(ids(asking(snapshot, policy=words_only(recency=1.0)))) == {"death", "joke", "match", "verdict", "plain"}
    assert ids(asking(snapshot, policy=policy)) == ["death", "match", "plain"]
    assert ids(asking(snapshot, policy=policy, article_id="joke")) == ["subject", "match", "plain"]
    assert ids(asking(snapshot, policy=policy, article_id="verdict")) == ["subject", "death", "plain"]


@pytest.mark.parametrize("diversity", [0.0, 1.0])
def test_pairs_are_kept_apart_among_what_fills_up_too(build, diversity: float):
    snapshot = build(
        [
            piece("subject", tags=["court"]),
            piece("death", tags=["obituaries"]),
            far("joke", tags=["comedy"], published_at="2026-02-28"),
            far("match", tags=["sport"], published_at="2026-02-27"),
            far("plain", published_at="2026-02-26"),
            far("elsewhere", section="comedy/stage", published_at="2026-02-28"),
            far("abroad", section="world", published_at="2026-02-01"),
        ],
        embedder=WordHashEmbedder(4096),
    )
    policy = words_only(minimum_relevance=0.5, fallback=("section", "latest"), apart=APART, diversity=diversity)
    answer = asking(snapshot, policy=policy)
    assert [(item.id, item.source) for item in answer.items] == [
        ("death", "similar"),
        ("plain", "section"),
        ("abroad", "latest"),
    ]


STORM = "storm roof market hall slates gale warden"


def storm(article_id: str, day: int, **fields: object) -> Article:
    given = {"published_at": f"2026-03-{day:02}", "section": "news", **fields}
    return article(article_id, "!", f"{STORM} {article_id}", **given)


STORMS = [
    article("subject", "!", f"{STORM} own council", published_at="2026-03-01", section="news"),
    *(storm(f"storm-{n}", n) for n in range(2, 8)),
    *(
        article(f"vote-{n}", "!", f"council vote ferry ballot{n}", published_at=f"2026-02-{n:02}", section="news")
        for n in range(2, 5)
    ),
    *(far(f"far-{n}", section="sport", published_at="2026-01-01") for n in range(30)),
]


def stories_in(found: Sequence[str]) -> dict[str, int]:
    return {name: sum(one.startswith(name) for one in found) for name in ("storm", "vote")}


@pytest.mark.parametrize("diversity", [0.0, 0.5])
@pytest.mark.parametrize(("own_story", "per_story"), [(0, 1), (2, 2), (3, 1), (50, 50)])
def test_a_list_holds_of_the_own_story_and_of_every_other_what_the_policy_says(build, own_story, per_story, diversity):
    snapshot = build(STORMS, embedder=WordHashEmbedder(4096))
    policy = words_only(own_story=own_story, per_story=per_story, diversity=diversity, limit=20, minimum_relevance=0.1)
    found = ids(asking(snapshot, policy=policy))
    assert stories_in(found) == {"storm": min(own_story, 6), "vote": min(per_story, 3)}


def copies() -> list[Article]:
    wire = "The very same words of the wire about the river and the flood at the wall of the quay came to all in rain"
    return [
        article(f"wire-{n}", f"Wire {n}", wire, published_at=f"2026-02-{n:02}", section="news") for n in (3, 9, 1, 5)
    ]


@pytest.mark.parametrize(("which", "shown"), [("newest", "wire-9"), ("original", "wire-1")])
def test_of_copies_the_newest_or_the_original_stands_as_the_policy_says(build, which: str, shown: str):
    answer = asking(build([piece("subject"), *copies(), piece("other")]), policy=words_only(copies=which))
    assert set(ids(answer)) == {shown, "other"}


def test_latest_is_newest_first_among_the_related(build):
    days = {"c": 3, "a": 9, "b": 1, "d": 5}
    snapshot = build(
        [
            piece("subject"),
            *(piece(name, f"{name} more", published_at=f"2026-02-{day:02}") for name, day in days.items()),
            far("newer-and-unlike", published_at="2026-03-10"),
        ],
        embedder=WordHashEmbedder(4096),
    )
    policy = words_only(mode="latest", minimum_relevance=0.2, diversity=3.0)
    assert ids(asking(snapshot, policy=policy)) == ["a", "d", "c", "b"]


def test_latest_knows_the_newest_related_piece_however_many_are_more_alike(build):
    crowd = [piece(f"crowd-{n:02}", "", published_at="2025-01-01") for n in range(40)]
    newest = article("newest", "!", "river flood and much else besides", published_at="2026-03-13", section="news")
    snapshot = build([piece("subject"), *crowd, newest])
    few = {"candidates": 10, "minimum_relevance": 0.01}
    assert ids(asking(snapshot, policy=words_only(mode="latest", **few)))[0] == "newest"


def test_background_is_only_what_came_before_and_an_undated_piece_is_not(build):
    snapshot = build(
        [
            piece("subject", published_at="2026-02-10T08:00:00Z"),
            piece("before", published_at="2026-02-10T07:59:59Z"),
            piece("same-moment", published_at="2026-02-10T08:00:00Z"),
            piece("after", published_at="2026-02-11"),
            piece("undated", published_at=None),
        ]
    )
    policy = words_only(mode="background", fallback=("section", "latest"))
    assert ids(asking(snapshot, policy=policy)) == ["before"]
    assert set(ids(asking(snapshot, policy=words_only()))) == {"before", "same-moment", "after", "undated"}


def test_a_window_counts_from_the_article_or_from_the_clock(build):
    snapshot = build(
        [
            piece("subject", published_at="2026-01-20"),
            piece("old", published_at="2026-01-05"),
            piece("older", published_at="2025-12-05"),
            piece("new", published_at="2026-03-10"),
        ]
    )
    assert set(ids(asking(snapshot, policy=words_only(window_days=30.0)))) == {"old", "new"}
    assert set(ids(asking(snapshot, policy=words_only(window_days=30.0, age_from="clock")))) == {"new"}


def test_scores_fall_along_a_list_however_copies_crowd_the_candidates(build):
    crowd = [
        article(f"copy-{n:02}", "Wire", FLOOD * 4, section="news", published_at=f"2026-02-{1 + n % 28:02}")
        for n in range(40)
    ]
    others = [
        article(f"other-{n}", "!", " ".join(FLOOD.split()[:n]) + f" other{n} more{n}", section="news")
        for n in range(1, 7)
    ]
    snapshot = build([piece("subject"), *crowd, *others])
    answer = asking(snapshot, policy=words_only(candidates=10, recency=0.0), limit=7)
    assert ids(answer)[1:] == [f"other-{n}" for n in (6, 5, 4, 3, 2, 1)]
    scores = [item.score for item in answer.items]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 7


def test_a_bound_on_stories_holds_however_copies_crowd_the_candidates(build):
    wire = f"{STORM} wire " * 3
    crowd = [article(f"copy-{n:02}", "!", wire, section="news", published_at="2026-03-02") for n in range(15)]
    fillers = [far(f"filler-{n}") for n in range(150)]
    snapshot = build([*STORMS, *crowd, *fillers], embedder=WordHashEmbedder(4096))
    for own_story, held in ((50, 7), (2, 2)):
        policy = words_only(candidates=10, own_story=own_story, limit=20, minimum_relevance=0.1)
        found = ids(asking(snapshot, policy=policy))
        assert sum(one.startswith(("storm", "copy")) for one in found) == held


def related_only(snapshot: Snapshot, **settings: object) -> list[str]:
    return ids(asking(snapshot, policy=words_only(**settings)))


def test_no_more_of_a_story_comes_in_by_filling_up(build):
    snapshot = build(STORMS, embedder=WordHashEmbedder(4096))
    fallback = ("section", "latest")
    found = related_only(snapshot, own_story=1, per_story=1, minimum_relevance=0.1, limit=12, fallback=fallback)
    assert stories_in(found) == {"storm": 1, "vote": 1}
    assert len(found) == 12, "what is on neither story fills it up"
    none = related_only(snapshot, own_story=0, per_story=1, minimum_relevance=0.1, limit=12, fallback=fallback)
    assert stories_in(none) == {"storm": 0, "vote": 1}
