"""At the desk an editor sees what the site repeats, and has the last word about each line."""

import json
from pathlib import Path

import pytest
from boilerplate_pages import page
from editors_fixtures import Editor, Newsroom, text_of
from service_fixtures import publish

from index.article_record import dump_record
from index.boilerplate.decisions import add_line, decide, read_decisions
from index.catalogue import Catalogue, place_of

PATH = "/desk/boilerplate"
MEMBER = "The Echo belongs to its readers & is printed <on> the island."


@pytest.fixture
def room(data: Path) -> Newsroom:
    publish(data, [json.loads(dump_record(page(n, bottom=[MEMBER]))) for n in range(30)])
    return Newsroom(data)


@pytest.fixture
def editor(room: Newsroom) -> Editor:
    return room.editor(name="Anna Berg")


def rule_of(room: Newsroom) -> tuple[str, str]:
    with Catalogue.open(place_of(room.data)) as catalogue:
        (one,) = read_decisions(catalogue.engine)
    return one.rule.id, one.state


def settle(editor: Editor, room: Newsroom, state: str, was: str):
    return editor.send(f"{PATH}/settle", rule=rule_of(room)[0], state=state, was=was)


def test_what_was_learnt_stands_there_with_why_and_where(editor: Editor):
    said = text_of(editor.page(PATH))
    assert MEMBER in said
    assert "Left out on 30 articles of 30 stands at the edge of many articles skerrywick-echo.example" in said
    assert "decided by" not in said
    assert editor.page(PATH).count('href="/desk/article?id=p0') == 3
    assert "&lt;on&gt;" in editor.page(PATH)


def test_a_line_is_kept_and_the_decision_taken_back(room: Newsroom, editor: Editor):
    said = text_of(settle(editor, room, "kept", "removed").text)
    assert f"Kept as text: “{MEMBER}”." in said
    assert "1 decision counts from the next rebuild on." in said
    assert "decided by Anna Berg" in said
    assert rule_of(room)[1] == "kept"
    assert "Undo" in said
    said = text_of(settle(editor, room, "removed", "kept").text)
    assert f"Left out: “{MEMBER}”." in said
    assert "next rebuild" not in said
    log = text_of(editor.page("/desk/audit", what="boilerplate"))
    assert "Anna Berg left out “the echo belongs to its readers" in log
    assert "Anna Berg kept “the echo" in log
    assert "alsoread learnt 1 line of boilerplate" in log


def test_of_two_who_decide_at_once_the_second_is_told(room: Newsroom, editor: Editor):
    settle(editor, room, "kept", "removed")
    refused = settle(room.editor(name="Bo Lund"), room, "proposed", "removed")
    assert refused.status_code == 409
    assert "Somebody decided about this line since the page was loaded" in text_of(refused.text)
    assert rule_of(room)[1] == "kept"


@pytest.mark.parametrize(("rule", "state", "status"), [("0123456789", "kept", 409), (None, "lost", 400)])
def test_what_is_no_line_and_no_decision_is_refused(
    room: Newsroom, editor: Editor, rule: str | None, state: str, status: int
):
    answer = editor.send(f"{PATH}/settle", rule=rule or rule_of(room)[0], state=state, was="removed")
    assert answer.status_code == status
    assert rule_of(room)[1] == "removed"


def test_who_only_reads_the_desk_decides_nothing(room: Newsroom):
    reader = room.editor("read")
    assert "Keep as text" not in reader.page(PATH)
    assert settle(reader, room, "kept", "removed").status_code == 403
    assert rule_of(room)[1] == "removed"


def test_lines_are_found_by_their_words_and_by_what_became_of_them(room: Newsroom, editor: Editor):
    with Catalogue.open(place_of(room.data)) as catalogue:
        added = add_line(catalogue.engine, "Printed at the harbour.", "anna")
        decide(catalogue.engine, [added.rule.id], "proposed", "anna")
    assert "2 lines" in text_of(editor.page(PATH))
    assert "1 line waits for a decision" in text_of(editor.page(PATH))
    found = text_of(editor.page(PATH, q="HARBOUR printed"))
    assert "1 line " in found
    assert MEMBER not in found
    assert "Printed at the harbour." not in text_of(editor.page(PATH, state="removed"))
    assert "None of the 2 lines fits." in text_of(editor.page(PATH, q="zebra"))


def test_where_nothing_was_learnt_the_page_says_when_something_is(data: Path):
    publish(data, [json.loads(dump_record(page(n))) for n in range(3)])
    assert "A rebuild learns from twenty articles on" in text_of(Newsroom(data).editor().page(PATH))
