"""The desk's page on health: what is well, what is not, the last rebuilds and the way back."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from editors_fixtures import Newsroom, small_newsroom, text_of
from service_fixtures import numbered, publish, small_archive, wait_until

from index.article_writes import delete_article
from index.audit import read_audit
from index.catalogue import Catalogue, place_of
from index.indexer_state import StateFile
from index.lock import locked
from index.pointer import current_generation, generations, pointer


@pytest.fixture
def room(data: Path) -> Newsroom:
    return small_newsroom(data)


def test_a_quiet_archive_is_well(room: Newsroom):
    page = text_of(room.editor("read").page("/desk/health"))
    assert "All is well" in page
    assert f"Articles {len(small_archive())}" in page
    assert "The first index of this archive" in page
    assert "Nothing is taken down" in page


def test_each_rebuild_tells_what_it_changed(room: Newsroom):
    publish(room.data, [*small_archive()[1:], numbered("flood", 8), numbered("flood", 9)])
    page = text_of(room.editor("read").page("/desk/health"))
    assert "+2 new −1 gone 0 changed" in page
    assert page.index("+2 new") < page.index("The first index")


def test_what_was_taken_down_stands_there_with_its_time(room: Newsroom):
    room.writer.run(lambda catalogue: delete_article(catalogue, "flood-2"))
    page = room.editor("read").page("/desk/health")
    taken = page[page.index('id="taken"') :]
    assert "flood-2" in taken
    assert "<time" in taken
    assert "removed" in taken


def test_a_problem_of_the_index_is_said_first(room: Newsroom):
    publish(room.data, [*small_archive(), numbered("flood", 9)])
    manifest = room.data / "snapshots" / current_generation(room.data) / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"articles"', b'"articleS"'))
    editor = room.editor("read")
    wait_until(lambda: "note bad" in editor.page("/desk/health"))
    page = editor.page("/desk/health")
    assert "All is well" not in page
    assert str(room.data) not in page


def test_an_administrator_goes_back_to_an_older_index_and_it_is_noted(room: Newsroom):
    first = current_generation(room.data)
    publish(room.data, [*small_archive(), numbered("flood", 9)])
    second = current_generation(room.data)
    chief = room.editor("admin", "Ada")
    response = chief.send("/desk/health/restore", generation=first)
    assert f"The index of {first} is published" in text_of(response.text)
    assert pointer(room.data).generation == first
    assert pointer(room.data).rolled_back
    with Catalogue.open(place_of(room.data)) as catalogue:
        line = next(one for one in read_audit(catalogue, None, 10) if one.action == "snapshot.restore")
    assert (line.who, line.subject, line.before, line.after) == ("Ada", first, second, first)
    wait_until(lambda: room.reader().get("/v1/articles/flood-9").status_code == 404)
    wait_until(lambda: "gone back to by hand" in text_of(chief.page("/desk/health")))


@pytest.mark.parametrize("scope", ["read", "rules"])
def test_nobody_else_may_go_back(room: Newsroom, scope):
    first = current_generation(room.data)
    publish(room.data, [*small_archive(), numbered("flood", 9)])
    editor = room.editor(scope)
    assert "Go back to this" not in text_of(editor.page("/desk/health"))
    assert editor.send("/desk/health/restore", generation=first).status_code == 403
    assert pointer(room.data).generation != first


@pytest.mark.parametrize("wanted", ["", "20200101T000000000Z-abcdef", "../../etc", "the current one"])
def test_what_cannot_be_gone_back_to_is_refused_in_a_sentence(room: Newsroom, wanted: str):
    before = current_generation(room.data)
    generation = before if wanted == "the current one" else wanted
    response = room.editor("admin").send("/desk/health/restore", generation=generation)
    assert response.status_code in (409, 412)
    assert str(room.data) not in response.text
    assert current_generation(room.data) == before


def test_while_a_rebuild_runs_one_has_to_wait(room: Newsroom):
    first = current_generation(room.data)
    publish(room.data, [*small_archive(), numbered("flood", 9)])
    chief = room.editor("admin")
    with locked(room.data):
        response = chief.send("/desk/health/restore", generation=first)
    assert response.status_code in (409, 412)
    assert "rebuild" in response.text


def test_a_form_from_elsewhere_does_not_go_back(room: Newsroom):
    first = current_generation(room.data)
    publish(room.data, [*small_archive(), numbered("flood", 9)])
    chief = room.editor("admin")
    assert chief.client.post("/desk/health/restore", data={"generation": first}).status_code == 403
    assert current_generation(room.data) == generations(room.data)[-1]


def test_how_full_lists_are_is_counted_apart_and_then_stands_on_the_page(room: Newsroom):
    editor = room.editor("read")
    assert 'data-count="/desk/health/coverage"' in editor.page("/desk/health")
    counted = text_of(editor.page("/desk/health/coverage"))
    assert f"All {len(small_archive())} articles" in counted
    assert re.search(r"Also read .*%", counted)
    assert "data-count" not in editor.page("/desk/health")


def test_what_was_counted_is_counted_anew_for_another_index(room: Newsroom):
    editor = room.editor("read")
    editor.page("/desk/health/coverage")
    publish(room.data, [*small_archive(), numbered("flood", 9)])
    assert wait_until(
        lambda: f"All {len(small_archive()) + 1} articles" in text_of(editor.page("/desk/health/coverage"))
    )


def test_a_newest_article_that_is_old_says_why_it_stands_out(room: Newsroom):
    editor = room.editor("read")
    newest = max(one["published_at"] for one in small_archive())
    assert "Nothing newer for" not in text_of(editor.page("/desk/health"))
    room.clock.now = datetime.fromisoformat(newest).astimezone(UTC) + timedelta(days=3)
    again = room.editor("read", "later")
    assert "Nothing newer for 3 days: does the archive still come in?" in text_of(again.page("/desk/health"))


def test_while_an_index_is_served_the_indexer_is_not_said_to_have_none(room: Newsroom):
    state = StateFile(room.data)
    state.set(state="no-index")
    state.write()
    page = text_of(room.editor("read").page("/desk/health"))
    assert "Indexer starting" in page
    assert "no index yet" not in page
