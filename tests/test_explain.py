"""*Why this one?* with the arithmetic: over HTTP and on the command line the parts add up to the score."""

from math import exp, log
from pathlib import Path
from typing import Any

import pytest
from cli_fixtures import lines, run
from helpers import article
from recommender_fixtures import asking, plain, weights
from service_fixtures import Service, check_problem, publish, small_archive

from recommender.explain import Breakdown, Share
from recommender.features import FEATURES
from recommender.policy import load_policy
from recommender.ranking import SOFTER
from service.answers import breakdown_record

ALSO = "/v1/articles/flood-1/also-read"


def log_score(breakdown: dict[str, Any]) -> float:
    """What a breakdown's parts add up to."""
    parts = sum(part["value"] * part["weight"] for part in breakdown["features"].values())
    return float(parts + breakdown["recency"] * log(breakdown["freshness"]))


def test_a_breakdown_by_hand(build):
    snapshot = build(
        [
            article("subject", "!", "flood wall", section="news", published_at="2026-03-01"),
            article("best", "!", "wall flood", section="news", published_at="2026-02-19", tags=["x"]),
            article("next", "!", "flood goal", section="news/quay", published_at="2025-11-01"),
            article("far", "!", "keeper"),
            article("afar", "!", "terrace"),
        ]
    )
    policy = plain(weights=weights(words=2.0, section=1.5, column=-1.0), recency=2.0, half_life_days=110.0)
    best, next_ = asking(snapshot, policy=policy, limit=2).items
    # best: 10 days old, all of them grace; next: 120 days, of which 110 count: 0.2 + 0.8 / 2
    assert best.breakdown.shares[:2] == (Share("words", 1.0, 2.0), Share("section", 1.0, 1.5))
    assert {share.feature for share in best.breakdown.shares} == set(FEATURES)
    assert (best.breakdown.freshness, best.breakdown.recency) == (1.0, 2.0)
    assert next_.breakdown.freshness == pytest.approx(0.6)
    shares = {share.feature: share for share in next_.breakdown.shares}
    assert (shares["section"].value, shares["section"].log_odds) == (0.5, 0.75)
    assert 0 < shares["words"].value < 1
    total = sum(share.log_odds for share in next_.breakdown.shares) + 2 * log(0.6)
    assert next_.score == pytest.approx(exp((total - 3.5) / SOFTER), abs=1e-4)


@pytest.mark.parametrize("slot", ["also-read", "more-in-section"])
def test_over_http_the_parts_add_up_to_the_score(tmp_path: Path, slot: str):
    service = Service(tmp_path).publish(small_archive())
    path = f"/v1/articles/flood-1/{slot}"
    items = service.answer(path, explain="true", fallback="false")["items"]
    assert items
    totals = [log_score(item["breakdown"]) for item in items]
    policy = load_policy().slots[slot]
    for item, total in zip(items, totals, strict=True):
        assert item["score"] == pytest.approx(exp((total - max(totals)) / SOFTER), abs=2e-3)
        features = item["breakdown"]["features"]
        assert set(features) == set(FEATURES)
        assert {name: part["weight"] for name, part in features.items()} == policy.weights.model_dump()
        for part in features.values():
            assert part["log_odds"] == pytest.approx(part["value"] * part["weight"], abs=1e-4)
            assert 0 <= part["value"] <= 1
    assert len({item["breakdown"]["freshness"] for item in items}) > 1 or slot == "also-read"


def test_what_is_explained_is_the_answer_that_is_given_without(tmp_path: Path):
    service = Service(tmp_path).publish(small_archive())
    for query in ({}, {"limit": 9}):
        plain_answer = service.answer(ALSO, **query)
        explained = service.answer(ALSO, explain="true", **query)
        assert service.answer(ALSO, explain="false", **query) == plain_answer
        for item in explained["items"]:
            breakdown = item.pop("breakdown")
            assert (breakdown is None) == (item["source"] != "similar"), "what fills up has no score to break down"
        assert explained == plain_answer
    by_query = service.answer("/v1/also-read", id="flood-1", explain="true")
    assert by_query == service.answer(ALSO, explain="true")


@pytest.mark.parametrize("values", ["yes", "True", "", "1", "true&explain=true"])
def test_explain_is_true_or_false_once(tmp_path: Path, values: str):
    service = Service(tmp_path).publish(small_archive())
    for path in (f"{ALSO}?", "/v1/also-read?id=flood-1&"):
        body = check_problem(service.get(f"{path}explain={values}"), 400, "invalid-parameter")
        assert "explain" in body["detail"]
        assert "true or false" in body["detail"]


def test_an_item_that_fills_up_has_no_breakdown():
    assert breakdown_record(None) is None
    record = breakdown_record(Breakdown((Share("words", 0.5, 2.0),), 0.25, 1.5))
    features = {"words": {"value": 0.5, "weight": 2.0, "log_odds": 1.0}}
    assert record == {"features": features, "freshness": 0.25, "recency": 1.5}


def test_on_the_command_line_the_parts_add_up_to_the_score(data: Path):
    publish(data, small_archive())
    arguments = ("also-read", "flood-1", "--data", data, "--at", "2026-03-20T12:00:00Z", "--no-fallback")
    (record,) = lines(run(*arguments, "--json", "--explain"))
    (without,) = lines(run(*arguments, "--json"))
    assert all("breakdown" not in item for item in without["items"])
    said = run(*arguments, "--explain").stdout.splitlines()
    start = said.index("How the scores came about")
    assert said[start + 1].split("\t") == ["#", "feature", "value", "weight", "log-odds"]
    rows = [line.split("\t") for line in said[start + 2 :]]
    assert {row[0] for row in rows} == {str(number) for number in range(1, len(record["items"]) + 1)}
    totals = {number: sum(float(row[4]) for row in rows if row[0] == number) for number in {row[0] for row in rows}}
    for number, item in enumerate(record["items"], 1):
        assert item["score"] == pytest.approx(exp((totals[str(number)] - max(totals.values())) / SOFTER), abs=2e-3)
        shown = {row[1] for row in rows if row[0] == str(number)}
        features = item["breakdown"]["features"]
        assert shown == {"age"} | {name for name, part in features.items() if part["value"] * part["weight"]}
    assert "How the scores came about" not in run(*arguments).stdout


def test_a_tiny_floor_is_explained_too(data: Path, tmp_path: Path):
    publish(data, small_archive())
    policy = tmp_path / "policy.toml"
    policy.write_text("[also-read]\nfloor = 1e-9\nhalf_life_days = 1e-6\ngrace_days = 0\n", encoding="utf-8")
    arguments = ("also-read", "flood-1", "--data", data, "--at", "2026-03-20T12:00:00Z", "--policy", policy)
    rows = [line.split("\t") for line in run(*arguments, "--explain").stdout.splitlines()]
    ages = [float(row[4]) for row in rows if row[1:2] == ["age"]]
    assert ages
    assert all(age < -10 for age in ages)
