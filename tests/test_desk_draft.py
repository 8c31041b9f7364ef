"""The page for drafts: what its readers would get, who would start to suggest it, and nothing of it kept."""

import logging
from html import escape
from pathlib import Path

import pytest
from editors_fixtures import Editor, Newsroom, small_newsroom, text_of
from service_fixtures import WORDS, publish, record, small_archive

from service.desk.guard import CONTENT_POLICY

DRAFT = {"title": "Flood wall holds", "text": WORDS["flood"], "section": "news/flood"}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    return small_newsroom(tmp_path_factory.mktemp("room") / "data")


@pytest.fixture(scope="module")
def editor(room: Newsroom) -> Editor:
    return room.editor("read")


def test_the_empty_page_invites_and_offers_the_sections(editor: Editor):
    html = editor.page("/desk/draft")
    assert "Write or paste a headline" in text_of(html)
    assert all(f'<option value="{section}">' in html for section in ("council", "news/flood", "sport"))


def test_a_draft_shows_the_lists_that_the_api_gives_and_who_would_start_to_suggest_it(room: Newsroom, editor: Editor):
    html = editor.send("/desk/draft", **DRAFT).text
    headers = {"Authorization": f"Bearer {editor.key}"}
    came = room.app.test_client().post("/v1/preview", json=DRAFT, headers=headers).get_json()
    for slot, answer in came["slots"].items():
        part = html.split(f'id="list-{slot}"')[1].split("</section>")[0]
        for item in answer["items"]:
            assert f"id={item['id']}" in part
            assert all(escape(reason) in part for reason in item["reasons"])
    starting = html.split('id="starting"')[1].split("</section>")[0]
    for start in came["would_suggest"]:
        assert f"id={start['article']['id']}" in starting
    assert f"Also read, place {came['would_suggest'][0]['position']}" in text_of(starting)
    assert "for the indexer is not running" in text_of(html)
    assert ">Flood wall holds</textarea>" in html
    assert WORDS["flood"] in html


def test_the_script_gets_the_result_alone(editor: Editor):
    html = editor.send("/desk/draft", part="result", **DRAFT).text
    assert "Flood wall holds" not in html
    assert "<form" not in html
    assert 'id="list-also-read"' in html
    assert "would start to suggest it." in html


def test_what_cannot_be_tried_is_said_and_what_was_typed_stays(editor: Editor):
    html = editor.send("/desk/draft", title="T" * 3_000, text="words").text
    assert "The headline is too long." in text_of(html)
    assert ">words</textarea>" in html
    assert "Write a headline or some text." in text_of(editor.send("/desk/draft", section="news").text)
    assert editor.send("/desk/draft", text="x" * 1_100_000, follow=False).status_code == 413


def test_a_text_that_the_archive_has_is_named_and_not_suggested(tmp_path: Path):
    text = " ".join(f"word{number}" for number in range(30))
    later = record("later", f"{text} more", title="Under embargo", published_at="2026-03-21")
    publish(tmp_path, [*small_archive(), record("known", text, title="Known already"), later])
    editor = Newsroom(tmp_path).editor("read")
    html = editor.send("/desk/draft", title="Another headline", text=text).text
    assert "The archive has this already" in text_of(html)
    assert html.count("id=known") == 1
    again = text_of(editor.send("/desk/draft", title="Another headline", text=f"{text} more").text)
    assert "beside itself: later ." in again
    assert "Under embargo" not in again


def test_markup_in_a_draft_is_text(editor: Editor):
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    response = editor.send("/desk/draft", title=hostile, text=hostile, section=hostile, tags=hostile)
    assert "<script>alert" not in response.text
    assert "<img src=x" not in response.text
    assert response.headers["Content-Security-Policy"] == CONTENT_POLICY
    assert response.headers["Cache-Control"] == "no-store"


def test_without_a_session_or_its_token_nothing_is_tried(room: Newsroom, editor: Editor):
    assert room.browser().client.post("/desk/draft", data=DRAFT).status_code == 401
    response = editor.client.post("/desk/draft", data=DRAFT)
    assert response.status_code == 403
    assert "flood1" not in response.text


def test_nothing_of_a_draft_is_kept_or_logged(room: Newsroom, editor: Editor, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    editor.send("/desk/draft", title="Zymurgist gone", text=f"Zymurgist {WORDS['flood']}", section="news/flood")
    assert "ymurgist" not in caplog.text
    found = [path for path in room.data.rglob("*") if path.is_file() and b"ymurgist" in path.read_bytes()]
    assert found == []
    assert "ymurgist" not in editor.page("/desk/draft")


def test_topics_and_authors_count(tmp_path: Path):
    shared = {"tags": ["harbour"], "authors": ["Ada Quill"]}
    publish(tmp_path, [*small_archive(), record("tagged", "stillness", title="Quiet", **shared)])
    editor = Newsroom(tmp_path).editor("read")
    said = text_of(
        editor.send("/desk/draft", title="Boats", text="boats", tags="harbour, quay", authors="Ada Quill").text
    )
    assert "Same topic: harbour" in said
    assert "Same author: Ada Quill" in said


def test_a_section_in_which_nothing_stands_is_said_with_those_that_there_are(editor: Editor):
    said = text_of(editor.send("/desk/draft", **{**DRAFT, "section": "gardening/roses"}).text)
    assert "No published article is in a section “gardening”" in said
    assert "council, news" in said
    for known in ("news/flood", "NEWS", "news/quite-new", ""):
        assert (
            "No published article is in a section" not in editor.send("/desk/draft", **{**DRAFT, "section": known}).text
        )
