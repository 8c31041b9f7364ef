"""What is sent to do harm: numbers without end, rules by the million, keys of thousands of parts; refused, and at once."""

import time
from io import BytesIO
from pathlib import Path

import pytest
from editors_fixtures import Newsroom, small_newsroom
from service_fixtures import check_problem
from writing_fixtures import make_key

from index.rule_writes import replace_rules
from index.rules import MAX_RULES, RuleDraft, read_rules
from service.errors import RulesRefused
from service.rules_io import drafts_of, records_of_csv

SOON = 5.0
"""Seconds, on a busy machine too; without its limit each of these takes a minute."""


@pytest.fixture
def room(data: Path) -> Newsroom:
    return small_newsroom(data)


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5_000])
def test_a_number_that_no_line_has_undoes_nothing(room: Newsroom, number: str):
    response = room.editor().send("/desk/steer", do="undo", page="flood-1", number=number)
    assert response.status_code < 500
    assert read_rules(room.writer.catalogue().engine).number == 0


@pytest.mark.parametrize("path", ["/desk/tune", "/desk/tune/try"])
def test_a_length_beyond_all_numbers_is_refused(room: Newsroom, path: str):
    response = room.editor("read").get(path, limit="1" + "0" * 400)
    assert response.status_code in (200, 422)
    assert "expected a whole number" in response.text


@pytest.mark.parametrize("toml", [f"{'a.' * 45_000}a = 1", f"x = {{{'a.' * 45_000}a = 1}}", f"[{'a.' * 45_000}a]"])
def test_a_policy_that_would_be_read_for_minutes_is_refused(room: Newsroom, toml: str):
    headers = {"Authorization": f"Bearer {make_key(room.data, 'desk', 'read')}"}
    began = time.monotonic()
    response = room.reader().post("/v1/preview", json={"title": "Flood", "policy": toml}, headers=headers)
    assert time.monotonic() - began < SOON
    assert "dots in a line" in check_problem(response, 400, "invalid-parameter")["detail"]


def test_of_more_rules_than_there_may_be_none_is_looked_at():
    with pytest.raises(RulesRefused) as refused:
        drafts_of([(None, 0)] * (MAX_RULES + 1))
    assert [fault.detail for _, fault in refused.value.faults] == [f"expected at most {MAX_RULES:,} rules, got more"]
    assert len(records_of_csv(b"kind\n" + b"x\n" * 3 * MAX_RULES)) == MAX_RULES + 1


def test_of_thousands_of_rules_that_a_file_replaced_the_audit_page_shows_the_beginning(room: Newsroom):
    drafts = [RuleDraft("block", None, f"piece-{number:04}") for number in range(1_000)]
    room.writer.run(lambda catalogue: replace_rules(catalogue, drafts, "anna"))
    editor = room.editor("read")
    page = editor.page("/desk/audit")
    assert "… and 950 more, which the export has" in page
    assert page.count("piece-") == 50
    assert editor.get("/desk/audit/export").text.count("piece-") == 1_000


def test_a_file_of_more_rules_than_there_may_be_is_refused_with_one_sentence(room: Newsroom):
    table = b"kind\n" + b"pin\n" * (MAX_RULES + 1)
    response = room.editor().send("/desk/rules/import", number="0", file=(BytesIO(table), "rules.csv"))
    assert response.status_code == 400
    assert f"expected at most {MAX_RULES:,} rules" in response.text
    assert len(response.data) < 100_000
