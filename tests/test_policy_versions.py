"""Saved policies on both engines: numbered, kept, gone back to, and never saved over unawares."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from index.audit import audit_number, read_audit
from index.catalogue import Catalogue
from index.policy_versions import (
    MAX_NOTE,
    MAX_TOML,
    PolicyChanged,
    PolicyRefused,
    UnknownPolicy,
    list_policies,
    newest_policy,
    read_policy,
    restore_policy,
    save_policy,
)

ONE = ("[also-read]\nlimit = 3\n", "aaaaaaaaaaaa")
TWO = ("[also-read]\nlimit = 4\n", "bbbbbbbbbbbb")


def test_a_policy_is_found_as_it_was_saved_with_who_when_and_why(catalogue: Catalogue):
    assert newest_policy(catalogue.engine) is None
    before = datetime.now(UTC) - timedelta(seconds=1)
    saved = save_policy(catalogue, *ONE, "anna", " Shorter lists\n", expected_number=0)
    assert (saved.number, saved.toml, saved.version, saved.saved_by, saved.note) == (1, *ONE, "anna", "Shorter lists")
    assert before <= saved.at <= datetime.now(UTC)
    assert newest_policy(catalogue.engine) == saved == read_policy(catalogue.engine, 1)


def test_the_last_one_holds_and_all_are_kept_newest_first(catalogue: Catalogue):
    saved = [save_policy(catalogue, *policy, "anna") for policy in (ONE, TWO, ONE)]
    assert newest_policy(catalogue.engine) == saved[2]
    assert list_policies(catalogue.engine) == saved[::-1]
    assert list_policies(catalogue.engine, limit=2) == saved[:0:-1]
    assert list_policies(catalogue.engine, below=saved[1].number) == saved[:1]


def test_going_back_saves_the_older_one_anew(catalogue: Catalogue):
    first, second = (save_policy(catalogue, *policy, "anna") for policy in (ONE, TWO))
    back = restore_policy(catalogue, first.number, "ben", expected_number=second.number)
    assert (back.toml, back.version, back.saved_by, back.note) == (*ONE, "ben", f"Back to number {first.number}")
    assert back.number > second.number
    assert [one.number for one in list_policies(catalogue.engine)] == [back.number, second.number, first.number]


def test_what_was_changed_meanwhile_is_not_saved_over_and_the_error_has_the_one_that_holds(catalogue: Catalogue):
    with pytest.raises(PolicyChanged, match="expected number 7 to hold, and it is none") as none:
        save_policy(catalogue, *ONE, "anna", expected_number=7)
    assert none.value.newest is None
    first = save_policy(catalogue, *ONE, "anna", expected_number=0)
    second = save_policy(catalogue, *TWO, "ben", expected_number=first.number)
    number = audit_number(catalogue.engine)
    for save in (
        lambda: save_policy(catalogue, *ONE, "anna", expected_number=first.number),
        lambda: restore_policy(catalogue, first.number, "anna", expected_number=first.number),
    ):
        with pytest.raises(PolicyChanged, match="saved by ben") as changed:
            save()
        assert changed.value.newest == second
    assert newest_policy(catalogue.engine) == second
    assert audit_number(catalogue.engine) == number


def test_of_those_who_save_at_once_on_the_same_policy_one_is_heard_and_each_other_told(open_catalogue):
    catalogues = [open_catalogue() for _ in range(4)]

    def save(at: int) -> str:
        try:
            return save_policy(catalogues[at], *ONE, f"editor {at}", expected_number=0).saved_by
        except PolicyChanged as error:
            return f"not {at}: {error.newest and error.newest.saved_by}"

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(save, range(4)))
    heard = [one for one in said if one.startswith("editor")]
    assert len(heard) == 1
    assert all(one.endswith(heard[0]) for one in said)
    assert len(list_policies(catalogues[0].engine)) == 1


def test_each_save_stands_in_the_audit_with_what_held_before(catalogue: Catalogue):
    save_policy(catalogue, *ONE, "anna", "Shorter")
    save_policy(catalogue, *TWO, "ben")
    restore_policy(catalogue, 1, "cleo")
    lines = read_audit(catalogue)[::-1]
    assert [(line.who, line.action, line.subject) for line in lines] == [
        ("anna", "policy.save", "policy 1"),
        ("ben", "policy.save", "policy 2"),
        ("cleo", "policy.restore", "policy 3"),
    ]
    assert lines[0].before is None
    assert lines[0].after == {"number": 1, "version": ONE[1], "note": "Shorter"}
    assert lines[2].before == {"number": 2, "version": TWO[1], "note": ""}
    assert lines[2].after["version"] == ONE[1]


@pytest.mark.parametrize("number", [0, -1, 2, 2**63, 10**30])
def test_a_number_under_which_none_was_saved_is_unknown(catalogue: Catalogue, number: int):
    save_policy(catalogue, *ONE, "anna")
    with pytest.raises(UnknownPolicy, match=str(number)):
        read_policy(catalogue.engine, number)
    with pytest.raises(UnknownPolicy):
        restore_policy(catalogue, number, "anna")


def test_what_is_too_long_to_be_kept_is_refused_and_nothing_saved(catalogue: Catalogue):
    with pytest.raises(PolicyRefused, match=r"note: expected at most 1,000 characters, got 1,001"):
        save_policy(catalogue, *ONE, "anna", "n" * (MAX_NOTE + 1))
    with pytest.raises(PolicyRefused, match="policy: expected at most"):
        save_policy(catalogue, "#" * (MAX_TOML + 1), ONE[1], "anna")
    assert newest_policy(catalogue.engine) is None
    assert not read_audit(catalogue)
