"""A policy file that is followed while the service runs: what an editor saves counts at the next request."""

import logging
import os
from pathlib import Path

import pytest
from service_fixtures import Service, small_archive

from recommender.errors import InvalidPolicy
from recommender.policy import load_policy
from recommender.policy_file import PolicyFile

ALSO = "/v1/articles/flood-1/also-read"


def save(path: Path, text: str) -> None:
    """As an editor's program saves: a new file in the old one's place."""
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    save(path, "[also-read]\nlimit = 3\n")
    return path


def limit(policies: PolicyFile) -> int:
    return policies.current().slots["also-read"].limit


def test_a_changed_file_counts_at_the_next_question(path: Path):
    policies = PolicyFile(path)
    assert limit(policies) == 3
    save(path, "[also-read]\nlimit = 4\n")
    assert limit(policies) == 4
    assert policies.problem is None
    assert policies.current() is policies.current()


def test_a_file_written_in_place_and_of_the_same_size_counts_too(path: Path):
    policies = PolicyFile(path)
    path.write_text("[also-read]\nlimit = 5\n", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert limit(policies) == 5


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("[also-read]\nlimit = 0\n", "also-read: limit: expected greater than or equal to 1, got 0"),
        ("[also-read", "not a TOML file"),
        (None, "No such file"),
    ],
)
def test_under_a_broken_file_the_last_good_policy_holds_until_it_is_mended(
    path: Path, broken: str | None, said: str, caplog: pytest.LogCaptureFixture
):
    policies = PolicyFile(path)
    good = policies.current()
    if broken is None:
        path.unlink()
    else:
        save(path, broken)
    with caplog.at_level(logging.ERROR):
        assert policies.current() is good
        assert policies.current() is good
    assert said.split(", got ")[0] in (policies.problem or "")
    assert len(caplog.records) == 1, "said once, not at every question"
    save(path, "[also-read]\nlimit = 6\n")
    assert limit(policies) == 6
    assert policies.problem is None


def test_nothing_starts_under_a_file_that_cannot_be_read(path: Path):
    save(path, "[also-read]\nlimit = 0\n")
    with pytest.raises(InvalidPolicy):
        PolicyFile(path)


def test_a_policy_without_a_file_stays_as_it_is():
    policy = load_policy()
    assert policy.current() is policy
    assert policy.problem is None


def test_the_service_follows_the_file_and_readiness_says_what_holds(tmp_path: Path, path: Path):
    service = Service(tmp_path / "data", path).publish(small_archive())
    assert len(service.ids(ALSO)) == 3
    before = service.answer(ALSO)
    versions = [service.get("/health/ready").get_json()["policy"]]
    save(path, "[also-read]\nlimit = 2\n")
    assert service.ids(ALSO) == [item["id"] for item in before["items"]][:2]
    assert service.answer(ALSO, limit=3)["list_id"] != before["list_id"]
    versions.append(service.get("/health/ready").get_json()["policy"])
    assert versions[0] != versions[1] == load_policy(path).version
    save(path, "[also-read]\nlimit = 'two'\n")
    assert len(service.ids(ALSO)) == 2
    ready = service.get("/health/ready")
    body = ready.get_json()
    assert ready.status_code == 200
    assert body["policy"] == versions[1]
    assert body["problem"].endswith("also-read: limit: expected valid integer")
    assert path.name in body["problem"]
    assert str(tmp_path) not in ready.text, "a path of the machine is nobody's business"
    save(path, "[also-read]\nlimit = 1\n")
    assert len(service.ids(ALSO)) == 1
    assert service.get("/health/ready").get_json()["problem"] is None


def test_settings_of_a_section_count_for_its_articles_alone(tmp_path: Path, path: Path):
    save(path, "[also-read]\nlimit = 3\n[also-read.sections.sport]\nlimit = 1\n[also-read.sections.news]\nlimit = 2\n")
    service = Service(tmp_path / "data", path).publish(small_archive())
    sizes = {name: len(service.ids(f"/v1/articles/{name}-1/also-read")) for name in ("match", "flood", "budget")}
    assert sizes == {"match": 1, "flood": 2, "budget": 3}
