"""Two policies on split traffic: chance by article and day, the same for everybody, in the shares asked for."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import pytest
from cli_fixtures import lines, run
from hypothesis import given
from hypothesis import strategies as st
from service_fixtures import NOON, Clock, Service, ids, small_archive

from recommender.policy import load_policy
from recommender.policy_file import PolicyFile
from recommender.split import SplitPolicies, chance
from service.app import create_app, make_recommender
from service.settings import Settings

A = load_policy()
B = replace(A, slots={**A.slots, "also-read": A.slots["also-read"].model_copy(update={"limit": 2})})
DAY = date(2026, 3, 20)


def arms(share: float, count: int = 4_000) -> Counter[str]:
    split = SplitPolicies(A, B, share)
    return Counter(split.chosen("default", f"piece-{number}", NOON).version for number in range(count))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_as_many_articles_as_asked_for_get_policy_b(share: float):
    assert A.version != B.version
    found = arms(share)[B.version] / 4_000
    assert abs(found - share) <= 4 * (share * (1 - share) / 4_000) ** 0.5


def test_the_arm_holds_for_a_day_in_utc_and_is_drawn_anew_for_the_next():
    split = SplitPolicies(A, B)
    evening = datetime(2026, 3, 20, 22, 30, tzinfo=timezone(timedelta(hours=-3)))
    for article in ("x", "y", "z"):
        first = split.chosen("default", article, datetime(2026, 3, 20, tzinfo=UTC))
        assert split.chosen("default", article, datetime(2026, 3, 20, 23, 59, 59, tzinfo=UTC)) is first
        assert split.chosen("default", article, evening) is split.chosen("default", article, NOON + timedelta(days=1))
    days = [split.chosen("default", "x", NOON + timedelta(days=n)).version for n in range(400)]
    assert 140 < Counter(days)[B.version] < 260
    both = Counter(pairwise(days))
    assert min(both.values()) > 60  # what fell yesterday says nothing of today


@given(st.text(), st.text(), st.dates())
def test_chance_is_a_share_and_the_same_each_time(site: str, article: str, day: date):
    assert 0 <= chance(site, article, day) < 1
    assert chance(site, article, day) == chance(site, article, day)


def test_sites_draw_apart_from_one_another():
    same = sum(
        (chance("one", f"piece-{number}", DAY) < 0.5) == (chance("two", f"piece-{number}", DAY) < 0.5)
        for number in range(2_000)
    )
    assert 900 < same < 1_100


def write_policy(path: Path, limit: int) -> Path:
    path.write_text(f"[also-read]\nlimit = {limit}\n", encoding="utf-8")
    return path


@pytest.fixture
def split(data: Path, tmp_path: Path) -> Service:
    """A service whose policy A shows three pieces and B one."""
    service = Service(data).publish(small_archive())
    files = [write_policy(tmp_path / f"{name}.toml", limit) for name, limit in (("a", 3), ("b", 1))]
    settings = Settings(data=data, policy=files[0], policy_b=files[1])
    service.recommender = make_recommender(settings)
    service.client = create_app(settings, service.recommender, service.clock).test_client()
    return service


def test_each_article_is_answered_under_the_policy_of_its_day_and_the_list_says_which(split: Service):
    a, b = (policy.version for policy in split.recommender.policies.in_force())
    shown = {}
    for number in range(1, 6):
        for subject in ("flood", "match", "budget"):
            path = f"/v1/articles/{subject}-{number}"
            answer = split.answer(f"{path}/also-read")
            version = answer["list_id"].split(".")[1]
            drawn_b = chance("default", f"{subject}-{number}", NOON.date()) < 0.5
            assert version == (b if drawn_b else a)
            assert len(ids(answer)) == (1 if drawn_b else 3)
            page = split.answer("/v1/page", id=f"{subject}-{number}")
            assert {slot["list_id"].split(".")[1] for slot in page["slots"].values()} == {version}
            assert split.answer(f"{path}/also-read") == answer
            shown[version] = answer
    assert set(shown) == {a, b}


def test_another_day_draws_anew(split: Service):
    split.clock = Clock()
    app = create_app(Settings(data=split.data), split.recommender, split.clock)
    versions = set()
    for days in range(20):
        split.clock.now = NOON + timedelta(days=days)
        record = app.test_client().get("/v1/articles/flood-1/also-read").get_json()
        versions.add(record["list_id"].split(".")[1])
    assert len(versions) == 2


def test_readiness_shows_both_versions_and_what_is_wrong_with_either(split: Service, tmp_path: Path):
    a, b = (policy.version for policy in split.recommender.policies.in_force())
    body = split.get("/health/ready").get_json()
    assert (body["policy"], body["policy_b"], body["policy_split"]) == (a, b, 0.5)
    (tmp_path / "b.toml").write_text("[also-read]\nlimit = 0\n", encoding="utf-8")
    problem = split.get("/health/ready").get_json()
    assert problem["problem"].startswith("b.toml: also-read: limit: expected")
    assert problem["policy_b"] == b


def test_a_policy_given_on_the_command_line_is_asked_alone(data: Path, tmp_path: Path):
    Service(data).publish(small_archive())
    asked = write_policy(tmp_path / "asked.toml", 4)
    other = write_policy(tmp_path / "other.toml", 1)
    for number in range(1, 6):
        said = run(
            "also-read", f"flood-{number}", "--policy", asked, "--data", data, "--json", ALSOREAD_POLICY_B=str(other)
        )
        assert len(lines(said)[0]["items"]) == 4


def test_one_policy_alone_is_in_force_and_chosen_whatever_the_article(tmp_path: Path):
    for policies in (A, PolicyFile(write_policy(tmp_path / "a.toml", 3))):
        assert policies.in_force() == (policies.current(),)
        assert policies.chosen("default", "x", NOON) is policies.current()
