"""The saved policy in a service: it counts at the next question, a file wins over it, and a bad one never takes hold."""

from pathlib import Path

import pytest
from cli_fixtures import run
from service_fixtures import Service, small_archive

from index.archive_writer import ArchiveWriter
from index.catalogue import Catalogue, place_of
from index.policy_versions import UnknownPolicy, restore_policy, save_policy
from recommender.policy import Policies, load_policy, policy_from_toml
from recommender.split import SplitPolicies
from service.policies import governing, make_policies, policy_now
from service.saved_policy import SavedPolicy, policy_numbered
from service.settings import Settings

ALSO = "/v1/articles/flood-1/also-read"


def of_limit(limit: int) -> str:
    return f"[also-read]\nlimit = {limit}\n"


def save(data: Path, toml: str, who: str = "anna") -> int:
    """Save a policy as the service does, whatever it says; gives its number."""
    writer = ArchiveWriter(place_of(data), data)
    try:
        return writer.run(lambda catalogue: save_policy(catalogue, toml, "v", who)).number
    finally:
        writer.close()


@pytest.fixture
def service(data: Path) -> Service:
    return Service(data).publish(small_archive())


def test_without_a_catalogue_the_policy_that_ships_holds(data: Path):
    policies = make_policies(Settings(data=data))
    assert isinstance(policies, SavedPolicy)
    assert policies.current() == load_policy()
    assert (policies.number, policies.problem) == (0, None)
    assert policy_now(Settings(data=data)) == load_policy()
    assert not data.exists(), "looking for a policy makes nothing"


def test_a_saved_policy_counts_at_the_next_question_and_readiness_says_which_holds(service: Service, data: Path):
    assert len(service.ids(ALSO)) == 5
    before = service.answer(ALSO, limit=2)
    save(data, of_limit(2))
    assert len(service.ids(ALSO)) == 2
    assert service.answer(ALSO)["list_id"] != before["list_id"]
    assert service.get("/health/ready").get_json()["policy"] == policy_from_toml(of_limit(2)).version
    save(data, of_limit(1))
    assert len(service.ids(ALSO)) == 1
    ArchiveWriter(place_of(data), data).run(lambda catalogue: restore_policy(catalogue, 1, "anna"))
    assert len(service.ids(ALSO)) == 2
    assert service.answer(ALSO)["items"] == before["items"]


def test_a_service_that_starts_anew_serves_what_was_saved(service: Service, data: Path):
    save(data, of_limit(3))
    again = Service(data)
    assert len(again.ids(ALSO)) == 3
    assert again.recommender.policies.number == 1


def test_a_file_in_the_settings_wins_over_what_was_saved(service: Service, data: Path, tmp_path: Path):
    file = tmp_path / "policy.toml"
    file.write_text(of_limit(4), encoding="utf-8")
    save(data, of_limit(2))
    assert len(Service(data, policy=file).ids(ALSO)) == 4
    assert policy_now(Settings(data=data, policy=file)).slots["also-read"].limit == 4
    assert policy_now(Settings(data=data)).slots["also-read"].limit == 2


def test_of_two_policies_the_saved_one_is_the_first(service: Service, data: Path, tmp_path: Path):
    file = tmp_path / "b.toml"
    file.write_text(of_limit(4), encoding="utf-8")
    policies: Policies = make_policies(Settings(data=data, policy_b=file))
    assert isinstance(policies, SplitPolicies)
    save(data, of_limit(2))
    assert [policy.slots["also-read"].limit for policy in policies.in_force()] == [2, 4]
    assert isinstance(governing(policies), SavedPolicy)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("[also-read]\nlimit = 'a secret'\n", "policy number 2: also-read: limit: expected valid integer"),
        ("[also-read]\nnever_heard_of = 1\n", "policy number 2: also-read: never_heard_of: expected no such setting"),
        ("[also-", "policy number 2: not a TOML file"),
    ],
)
def test_one_that_cannot_be_read_leaves_the_last_good_one_in_force_and_readiness_says_why(
    service: Service, data: Path, bad: str, said: str
):
    save(data, of_limit(2))
    save(data, bad)
    for asked in (service, Service(data)):
        assert len(asked.ids(ALSO)) == 2
        ready = asked.get("/health/ready").get_json()
        assert ready["problem"].startswith(said)
        assert ready["problem"].endswith("; number 1 holds")
        assert "a secret" not in ready["problem"]
    save(data, of_limit(1))
    assert len(service.ids(ALSO)) == 1
    assert service.get("/health/ready").get_json()["problem"] is None


def test_where_no_saved_policy_can_be_read_the_one_that_ships_holds_and_that_is_said(service: Service, data: Path):
    save(data, "[nowhere]")
    assert len(service.ids(ALSO)) == 5
    assert service.get("/health/ready").get_json()["problem"].endswith("; the policy that ships holds")


def test_a_policy_is_had_by_its_number_and_0_is_the_one_that_ships(service: Service, data: Path):
    number = save(data, of_limit(3))
    with Catalogue.open(place_of(data)) as catalogue:
        assert policy_numbered(catalogue.engine, number).slots["also-read"].limit == 3
        assert policy_numbered(catalogue.engine, 0) == load_policy()
        with pytest.raises(UnknownPolicy):
            policy_numbered(catalogue.engine, number + 1)


def test_the_command_line_answers_under_what_was_saved(service: Service, data: Path):
    save(data, of_limit(2))
    assert len(run("also-read", "flood-1", "--data", data, "--at", "2026-03-20").stdout.splitlines()) == 2 + 2
