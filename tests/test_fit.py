"""Learning weights: from choices that were drawn by known ones, they come back."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from helpers import article, examples, opened, rebuild_with
from hypothesis import given
from hypothesis import strategies as st
from recommender_fixtures import plain, plain_slot, weights

from index.embedder import WordHashEmbedder
from recommender import fit as fit_module
from recommender.errors import InvalidTruth
from recommender.features import FEATURES
from recommender.fit import HALF_LIVES, MIN_SOURCES, MORE_IN_SECTION_SHARE, Choice, _choice_loss, choices, fit
from recommender.policy import Policy, Weights, load_policy
from recommender.policy_text import policy_text
from recommender.ranking import DAY
from recommender.subject import Subject
from recommender.truth import Task, make_tasks, subjects

SUBJECT_AT = datetime(2026, 1, 1, tzinfo=UTC)
AT = int(SUBJECT_AT.timestamp())
TRUE = weights(words=3.0, topics=1.5, meaning=0.5, column=-2.0)


def subject_at(moment: datetime) -> Subject:
    return Subject(
        id="source",
        vector=np.zeros(4, np.float32),
        terms=None,
        names=(),
        section=None,
        series=None,
        tags=(),
        authors=(),
        type=None,
        lang=None,
        published_at=moment,
        sensitive=False,
        copy_key=None,
    )


TASK = Task(subject_at(SUBJECT_AT), frozenset(), False)


def drawn(count: int, known: Weights, recency: float = 0.0, half_life: float = 60.0, picks: int = 1) -> list[Choice]:
    """Choices among 40 candidates by the conditional logit with these weights (by the Gumbel trick)."""
    random = np.random.default_rng(7)
    made = []
    vector = np.array([getattr(known, name) for name in FEATURES])
    for _ in range(count):
        features = random.random((40, len(FEATURES)))
        days = random.uniform(0, 1_000, 40)
        fresh = 0.02 + 0.98 / (1 + days / half_life)
        odds = features @ vector + recency * np.log(fresh)
        picked = np.zeros(40, dtype=np.bool_)
        picked[np.argsort(-(odds + random.gumbel(size=40)))[:picks]] = True
        made.append(Choice(features, (AT - days * DAY).astype(np.int64), picked, TASK))
    return made


START = plain_slot(weights=weights(meaning=1.0, words=1.0), recency=1.0, grace_days=0.0, floor=0.02)


@pytest.fixture
def one_half_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where age is not the question: one half-life is tried, which takes a sixth of the time."""
    monkeypatch.setattr(fit_module, "HALF_LIVES", (60.0,))


def test_known_weights_come_back_in_their_order_with_their_signs(one_half_life):
    found = fit(None, drawn(400, TRUE), START)
    got = found.weights
    assert got.words == pytest.approx(3.0, abs=0.5)
    assert got.topics == pytest.approx(1.5, abs=0.5)
    assert got.column == pytest.approx(-2.0, abs=0.5)
    assert got.words > got.topics > got.meaning >= 0
    rest = [getattr(got, name) for name in FEATURES if name not in ("words", "topics", "meaning", "column")]
    assert max(map(abs, rest)) < 0.6
    assert found.recency < 0.3, "age said nothing"
    assert (found.sources, found.links) == (400, 400)


def test_a_known_recency_and_half_life_come_back():
    found = fit(None, drawn(300, weights(words=2.0), recency=1.5, half_life=60.0), START)
    assert found.half_life_days in HALF_LIVES
    assert 30 <= found.half_life_days <= 120
    assert found.recency == pytest.approx(1.5, abs=0.5)


def test_no_weight_but_that_of_the_column_is_below_zero_whatever_editors_do(one_half_life):
    against = Weights(**dict.fromkeys(FEATURES, 0.0) | {"words": 3.0, "column": -1.0})
    contrary = [
        Choice(1 - one.features, one.published, one.picked, one.task) for one in drawn(200, against, recency=0.0)
    ]
    found = fit(None, contrary, START)
    assert found.weights.words == 0
    assert found.weights.column > 0.2
    assert found.recency >= 0
    assert all(getattr(found.weights, name) >= 0 for name in FEATURES if name != "column")


def test_few_sources_leave_the_weights_near_where_they_started(one_half_life):
    start = START.model_copy(update={"weights": load_policy().slots["also-read"].weights})

    def moved(count: int) -> float:
        found = fit(None, drawn(count, TRUE), start).weights
        return sum(abs(getattr(found, name) - getattr(start.weights, name)) for name in FEATURES)

    few, many = moved(MIN_SOURCES), moved(200)
    assert few < many
    shaken = drawn(MIN_SOURCES, weights())
    found = fit(None, shaken, start).weights
    assert all(abs(getattr(found, name) - getattr(start.weights, name)) < 2.0 for name in FEATURES)


def test_the_prior_alone_decides_where_choices_say_nothing():
    flat = np.ones((5, len(FEATURES)))
    same = [Choice(flat, np.full(5, AT), np.arange(5) == 0, TASK) for _ in range(MIN_SOURCES)]
    found = fit(None, same, START)
    assert found.weights == START.weights
    assert found.recency == START.recency


@pytest.mark.parametrize("count", [0, 1, MIN_SOURCES - 1])
def test_too_few_sources_are_an_error_that_says_so(count: int):
    with pytest.raises(InvalidTruth, match=f"at least {MIN_SOURCES} articles .* got {count}"):
        fit(None, drawn(count, TRUE), START)


@examples(60)
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_the_gradient_is_that_of_the_loss_and_the_loss_that_of_the_docstring(seed: int, picks: int):
    random = np.random.default_rng(seed)
    values, at = random.random((7, 4)), random.normal(size=4)
    picked = np.zeros(7, dtype=np.bool_)
    picked[random.permutation(7)[:picks]] = True
    loss, slope = _choice_loss(values, picked, at)
    odds = np.exp(values @ at)
    each = [-np.log(odds[pick] / (odds[pick] + odds[~picked].sum())) for pick in np.flatnonzero(picked)]
    assert loss == pytest.approx(sum(each) / picks**0.5)
    for place in range(4):
        step = np.eye(4)[place] * 1e-5
        around = [_choice_loss(values, picked, at + sign * step)[0] for sign in (1, -1)]
        assert slope[place] == pytest.approx((around[0] - around[1]) / 2e-5, abs=1e-5)


def test_what_was_learnt_goes_into_every_slot_and_section_and_more_in_section_takes_a_share():
    start = load_policy()
    sport = start.slots["also-read"].model_copy(update={"limit": 3})
    more = start.slots["more-in-section"].model_copy(update={"limit": 2})
    start = Policy(start.slots, {("also-read", "sport"): sport, ("more-in-section", "sport"): more})
    found = fit(None, drawn(60, TRUE), START)
    learnt = found.policy(start)
    for slot in (learnt.slots["also-read"], learnt.slots["background"], learnt.sections["also-read", "sport"]):
        assert (slot.weights, slot.recency, slot.half_life_days) == (found.weights, found.recency, found.half_life_days)
    assert learnt.sections["also-read", "sport"].limit == 3
    for slot, before in (
        (learnt.slots["more-in-section"], start.slots["more-in-section"]),
        (learnt.sections["more-in-section", "sport"], more),
    ):
        for name in FEATURES:
            share = getattr(found.weights, name) * MORE_IN_SECTION_SHARE
            assert getattr(slot.weights, name) == pytest.approx(share)
        assert slot.model_copy(update={"weights": before.weights}) == before


def test_the_file_that_is_written_is_the_policy_that_was_learnt(tmp_path):
    found = fit(None, drawn(60, TRUE), START)
    path = tmp_path / "policy.toml"
    path.write_text(policy_text(found.policy(load_policy()), ["It was checked.", "Twice."]), encoding="utf-8")
    read, learnt = load_policy(path), found.policy(load_policy())
    for slot in ("also-read", "background"):
        assert read.slots[slot] == learnt.slots[slot]
    theirs, ours = (one.slots["more-in-section"].weights for one in (read, learnt))
    assert all(getattr(theirs, name) == pytest.approx(getattr(ours, name), abs=5e-4) for name in FEATURES)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# It was checked.\n# Twice.\n")
    heaviest = max(FEATURES, key=lambda name: abs(getattr(found.weights, name)))
    assert text.split("[also-read.weights]\n")[1].startswith(heaviest)


def linked_archive():
    start = datetime(2025, 1, 1, tzinfo=UTC)
    for n in range(12):
        words = f"topic{n % 3} word{n % 3} thing{n % 3} own{n}"
        yield article(f"a{n:02}", f"T{n}", words, published_at=(start + timedelta(days=n)).isoformat())


def test_a_choice_is_among_older_candidates_without_the_source_and_links_of_older_articles_alone(tmp_path, monkeypatch):
    archive = {one.id: one for one in linked_archive()}
    links = {"a06": {"a03"}, "a09": {"a03", "a06"}, "a05": {"a11"}, "a01": {"a00"}}
    rebuild_with(tmp_path, archive.values())
    snapshot = opened(tmp_path)
    tasks = subjects(make_tasks(archive, links, None, True), WordHashEmbedder(64), older_only=True)
    asked = []
    find = fit_module.find_candidates

    def spy(*arguments):
        asked.append(arguments[-1])
        return find(*arguments)

    monkeypatch.setattr(fit_module, "find_candidates", spy)
    told = []
    made = choices(snapshot, tasks, plain().slots["also-read"], lambda done, total: told.append((done, total)))
    assert [task.subject.id for task in tasks] == ["a01", "a06", "a09"]
    # a01 has one candidate, its target: there is no choice in that
    assert [(one.task.subject.id, len(one.picked), int(one.picked.sum())) for one in made] == [
        ("a06", 6, 1),
        ("a09", 9, 2),
    ]
    assert asked == [task.subject.published_at for task in tasks]
    assert told == [(1, 3), (2, 3), (3, 3)]
    for one in made:
        assert (one.published < one.task.subject.published_at.timestamp()).all()
        assert (one.features >= 0).all()
        assert (one.features <= 1).all()
