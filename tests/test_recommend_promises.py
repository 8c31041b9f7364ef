"""The promises of every list, on archives and policies that hypothesis invents."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from helpers import article, examples, opened, rebuild_with
from hypothesis import given
from hypothesis import strategies as st
from recommender_fixtures import NOW, asking, ids, plain, plain_slot, weights

from index.article import Article, unix_seconds
from index.snapshot import Snapshot
from recommender.policy import SLOTS, Marked
from recommender.ranking import freshness
from recommender.recommend import Answer

START = datetime(2024, 1, 1, tzinfo=UTC)
WIRE = "the wire said in one and the same text that the river rose over the wall at the quay while pumps ran all night"
words = st.lists(st.sampled_from("river wall goal vote pump club song mayor".split()), min_size=1, max_size=8)
pieces = st.fixed_dictionaries(
    {
        "text": words.map(" ".join) | st.just(WIRE),
        "section": st.sampled_from(["news", "news/flood", "sport", None]),
        "published_at": st.integers(0, 800).map(lambda day: (START + timedelta(days=day)).isoformat()),
    },
    optional={
        "tags": st.lists(st.sampled_from(["court", "ferry"]), max_size=2),
        "authors": st.just(["Ann Lee"]),
        "lang": st.sampled_from(["en", "de", "en-gb"]),
        "links": st.lists(st.sampled_from([f"a{n}" for n in range(9)]), max_size=2),
        "version_of": st.sampled_from([f"a{n}" for n in range(4)]),
        "sensitive": st.just(True),
        "recommendable": st.just(False),
    },
)
archives = st.lists(pieces, min_size=1, max_size=16)
quarter = st.integers(0, 12).map(lambda value: value / 4)
weighed = st.fixed_dictionaries(dict.fromkeys(("words", "meaning", "topics", "linked", "title", "popular"), quarter))
settled = st.fixed_dictionaries(
    {
        "weights": weighed.map(lambda values: weights(**values)),
        "recency": quarter,
        "mode": st.sampled_from(["default", "default", "background", "latest"]),
        "age_from": st.sampled_from(["article", "clock"]),
        "candidates": st.sampled_from([10, 200]),
        "minimum_relevance": st.sampled_from([-1.0, 0.2, 0.6]),
        "fallback": st.sampled_from([(), ("section",), ("section", "latest"), ("latest",)]),
        "copies": st.sampled_from(["newest", "original"]),
        "per_story": st.sampled_from([1, 2, 50]),
        "own_story": st.sampled_from([0, 1, 50]),
        "mix_languages": st.booleans(),
        "never_suggest": st.sampled_from([Marked(), Marked(tags=("court",)), Marked(sections=("sport",))]),
    }
)


def archive_of(rows: list[dict[str, Any]]) -> list[Article]:
    made = []
    for n, values in enumerate(rows):
        fields = {key: value for key, value in values.items() if not (key == "version_of" and value == f"a{n}")}
        made.append(article(f"a{n}", f"T{n}", fields.pop("text"), **fields))
    return made


def snapshot_of(tmp_path_factory: pytest.TempPathFactory, articles: list[Article]) -> Snapshot:
    folder = tmp_path_factory.mktemp("promises") / "data"
    rebuild_with(folder, articles)
    return opened(folder)


def copy_key(snapshot: Snapshot, article_id: str) -> bytes:
    return bytes(snapshot.take("copy_key", np.array([snapshot.row_of_id(article_id)])).tobytes())


@examples(25)
@given(rows=archives, settings_=settled, limit=st.integers(1, 9), slot=st.sampled_from(SLOTS), diversity=quarter)
def test_every_list_keeps_its_promises(tmp_path_factory, rows, settings_, limit, slot, diversity):
    archive = {one.id: one for one in archive_of(rows)}
    snapshot = snapshot_of(tmp_path_factory, list(archive.values()))
    policy = plain(slot, **settings_, diversity=diversity)
    asked = {"limit": limit, "exclude": frozenset({"a2"}), "max_age": timedelta(days=400)}
    answer = asking(snapshot, slot, policy, "a0", **asked)
    subject, chosen, own = archive["a0"], policy.slots[slot], copy_key(snapshot, "a0")
    if subject.sensitive:
        assert answer.items == ()
        return
    assert len(answer.items) <= limit
    assert len({copy_key(snapshot, found) for found in ids(answer)}) == len(answer.items), "no copy beside another"
    until = (
        min(subject.published_at, NOW)
        if chosen.age_from == "article"
        else min(NOW, max(a.published_at for a in archive.values()))
    )
    for item in answer.items:
        one = archive[item.id]
        assert item.id not in ("a0", "a2")
        assert copy_key(snapshot, item.id) != own
        assert one.recommendable
        assert not one.sensitive
        assert 0 <= item.score <= 1
        assert one.published_at >= until - timedelta(days=400)
        assert not set(one.tags) & set(chosen.never_suggest.tags)
        assert "sport" not in chosen.never_suggest.sections or one.section != "sport"
        if not chosen.mix_languages and subject.lang and one.lang:
            assert one.lang.split("-")[0] == subject.lang.split("-")[0]
        if slot == "more-in-section":
            assert one.section.split("/")[0] == subject.section.split("/")[0]
        if chosen.mode == "background":
            assert one.published_at < subject.published_at
    check_order(answer, archive, chosen, diversity)
    assert asking(snapshot, slot, policy, "a0", **asked) == answer


def check_order(answer: Answer, archive: dict[str, Article], chosen, diversity: float) -> None:
    similar = [item for item in answer.items if item.breakdown is not None]
    assert list(answer.items[: len(similar)]) == similar, "what fills up comes last"
    if chosen.mode == "latest":
        dates = [archive[item.id].published_at for item in similar]
        assert dates == sorted(dates, reverse=True)
    elif not diversity:
        scores = [item.score for item in answer.items]
        assert scores == sorted(scores, reverse=True)


@examples(15)
@given(rows=archives, settings_=settled, random=st.randoms(), slot=st.sampled_from(SLOTS), diversity=quarter)
def test_a_list_does_not_hang_on_the_order_of_the_archive(tmp_path_factory, rows, settings_, random, slot, diversity):
    archive = archive_of(rows)
    policy = plain(slot, **settings_, diversity=diversity)
    told = asking(snapshot_of(tmp_path_factory, archive), slot, policy, "a0")
    random.shuffle(archive)
    again = asking(snapshot_of(tmp_path_factory, archive), slot, policy, "a0")
    assert (again.items, again.list_id) == (told.items, told.list_id)


@examples(25)
@given(rows=archives, settings_=settled, recencies=st.tuples(quarter, quarter).map(sorted), limit=st.integers(1, 6))
def test_with_diversity_off_more_recency_never_lowers_a_lists_mean_log_freshness(
    tmp_path_factory, rows, settings_, recencies, limit
):
    """With the bounds on stories off too, which pass over some and not others."""
    rows = [{**row, "text": f"{row['text']} own{n}", "version_of": None} for n, row in enumerate(rows)]
    archive = {one.id: one for one in archive_of(rows)}
    snapshot = snapshot_of(tmp_path_factory, list(archive.values()))
    fixed = {**settings_, "mode": "default", "per_story": 50, "own_story": 50, "fallback": (), "candidates": 200}

    def mean(recency: float) -> float | None:
        slot = plain_slot(**{**fixed, "recency": recency})
        found = ids(asking(snapshot, policy=plain(**{**fixed, "recency": recency}), article_id="a0", limit=limit))
        published = np.array([unix_seconds(archive[one].published_at) for one in found], dtype=np.int64)
        newest = max(one.published_at for one in archive.values())
        reference = archive["a0"].published_at if slot.age_from == "article" else newest
        return float(np.log(freshness(published, reference, slot)).mean()) if found else None

    less, more = map(mean, recencies)
    assert (less is None) == (more is None)
    assert less is None or more >= less - 1e-6


@examples(25)
@given(rows=archives, limit=st.integers(1, 12), slot=st.sampled_from(["also-read", "more-in-section"]))
def test_as_many_come_as_are_eligible_where_nothing_bounds_them(tmp_path_factory, rows, limit, slot):
    """A filter never starves: as many texts as are eligible come back, up to the limit."""
    archive = archive_of([{key: row[key] for key in ("text", "section", "published_at")} for row in rows])
    snapshot = snapshot_of(tmp_path_factory, archive)
    policy = plain(slot, minimum_relevance=4.0, fallback=("section", "latest"), candidates=10)
    answer = asking(snapshot, slot, policy, "a0", limit=limit)
    top = (archive[0].section or "").split("/")[0]
    allowed = [one for one in archive if slot == "also-read" or (top and (one.section or "").split("/")[0] == top)]
    texts = {copy_key(snapshot, one.id) for one in allowed} - {copy_key(snapshot, "a0")}
    assert len(answer.items) == min(limit, len(texts))


def test_equally_related_pieces_stand_newest_first_and_then_by_id(build):
    days = {"b": "2026-02-01", "d": "2026-02-03", "c": "2026-02-01", "a": "2026-02-02"}
    alike = [article(name, f"T{name}", f"river wall {name}", published_at=day) for name, day in days.items()]
    snapshot = build(
        [article("subject", "!", "river wall"), *alike, *(article(f"x{n}", "!", f"far{n}") for n in range(9))]
    )
    assert ids(asking(snapshot, policy=plain(), limit=4)) == ["d", "a", "b", "c"]


def test_a_stray_link_makes_nothing_related(build):
    """The one article that links to anything shares a word with the subject; what it links to shares none."""
    snapshot = build(
        [
            article("subject", "!", "river wall quay pumps night own"),
            article("alike", "!", "river wall quay pumps night alike"),
            article("stray", "!", "river goal keeper penalty league terrace derby captain", links=["target"]),
            article("target", "!", "opera stage choir"),
            *(article(f"x{n}", "!", f"far{n} away{n}") for n in range(20)),
        ]
    )
    policy = plain(weights=weights(words=2.0, linked=2.0), minimum_relevance=0.4)
    assert ids(asking(snapshot, policy=policy)) == ["alike"]
