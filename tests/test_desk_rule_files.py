"""Rules taken along as files and put back: all of them at once, or none."""

import csv
import json
import re
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from editors_fixtures import Editor, Newsroom, small_newsroom, text_of
from test_desk_steering import ARTICLE, number_of, rules_of, steer

from index.rules import Rule
from service.clicks.report import as_csv
from service.desk.downloads import download
from service.rules_io import csv_of, records_of_csv


@pytest.fixture
def room(data: Path) -> Newsroom:
    return small_newsroom(data)


@pytest.fixture
def editor(room: Newsroom) -> Editor:
    return room.editor(name="Anna Berg")


def test_rules_are_taken_along_and_put_back_all_or_nothing(room: Newsroom, editor: Editor):
    steer(editor, "pin", article=ARTICLE, item="match-1", slot="also-read", position=1, reason="=1+1")
    steer(editor, "block-everywhere", item="flood-2")
    for file_format in ("csv", "json"):
        kept = editor.get("/desk/rules/export", format=file_format)
        assert "attachment" in kept.headers["Content-Disposition"]
        before = rules_of(room)
        for rule in before:
            steer(editor, "remove", rule=rule.id, version=rule.version)
        assert rules_of(room) == []
        response = editor.send("/desk/rules/import", number=number_in(editor), file=(BytesIO(kept.data), "rules"))
        assert response.status_code == 200
        assert {rule.draft for rule in rules_of(room)} == {rule.draft for rule in before}
        undone = steer(editor, "undo", back="rules", number=number_of(response.text))
        assert undone.status_code == 200
        assert rules_of(room) == []
        editor.send("/desk/rules/import", number=number_in(editor), file=(BytesIO(kept.data), "rules"))


@pytest.mark.parametrize("start", [*"=+-@＝＋－＠", "\t", "\r", "\n"])
def test_what_a_spreadsheet_takes_for_a_formula_is_text_in_every_table(start: str):
    text = f"{start}1+cmd"
    tables = (
        download("one", "csv", ["a"], [{"a": text}]).get_data(),
        as_csv(["a"], [{"a": text}]),
        csv_of([Rule("block", item_id=text)]),
    )
    for table in tables:
        cells = [cell for line in csv.reader(StringIO(table.decode(), newline="")) for cell in line]
        assert f"'{text}" in cells
        assert text not in cells
    ((_, read),) = records_of_csv(tables[2])
    assert isinstance(read, dict)
    assert read["item_id"] == text


def number_in(editor: Editor) -> str:
    found = re.search(r'name="number" value="(\d+)"', editor.page("/desk/rules"))
    assert found is not None
    return found[1]


def test_a_faulty_file_replaces_nothing_and_every_fault_is_said(room: Newsroom, editor: Editor):
    steer(editor, "block-everywhere", item="flood-2")
    faulty = json.dumps([{"kind": "block", "item_id": "flood-3"}, {"kind": "pin", "item_id": "flood-4"}]).encode()
    response = editor.send("/desk/rules/import", number=number_in(editor), file=(BytesIO(faulty), "rules.json"))
    assert response.status_code == 400
    assert "Line 2: article_id" in text_of(response.text)
    assert [rule.item_id for rule in rules_of(room)] == ["flood-2"]


def test_a_file_that_says_what_is_settled_already_offers_nothing_to_undo(room: Newsroom, editor: Editor):
    steer(editor, "block-everywhere", item="flood-2")
    kept = editor.get("/desk/rules/export")
    said = editor.send("/desk/rules/import", number=number_in(editor), file=(BytesIO(kept.data), "rules.csv")).text
    assert "Nothing was changed" in text_of(said)
    assert "Undo" not in text_of(said)


def test_an_empty_file_is_called_empty_and_replaces_nothing(room: Newsroom, editor: Editor):
    steer(editor, "block-everywhere", item="flood-2")
    response = editor.send("/desk/rules/import", number=number_in(editor), file=(BytesIO(b""), "rules.csv"))
    assert "The file is empty." in text_of(response.text)
    assert len(rules_of(room)) == 1


def test_a_page_that_is_not_there_is_not_called_undone(editor: Editor):
    said = text_of(editor.get("/desk/article", id="nobody").text)
    assert "This cannot be shown" in said
    assert "That was not done" not in said


def test_a_file_made_from_older_rules_replaces_nothing(room: Newsroom, editor: Editor):
    number = number_in(editor)
    steer(room.editor(name="Ben"), "block-everywhere", item="flood-2")
    response = editor.send("/desk/rules/import", number=number, file=(BytesIO(b"[]"), "rules.json"))
    assert response.status_code == 409
    assert len(rules_of(room)) == 1
