"""What is not published yet has no headline at the desk, however it is asked for; but to an editor on the piece's own page."""

from datetime import timedelta
from pathlib import Path

import pytest
from editors_fixtures import Newsroom, text_of
from service_fixtures import NOON, numbered, publish, small_archive

from index.article_writes import delete_article

SECRET = "Chancellor resigns"


@pytest.fixture
def room(data: Path) -> Newsroom:
    later = numbered("flood", 2, title=SECRET, published_at=(NOON + timedelta(days=1)).isoformat())
    publish(data, [*(one for one in small_archive() if one["id"] != "flood-2"), later])
    return Newsroom(data)


@pytest.mark.parametrize("scope", ["read", "rules", "admin"])
def test_no_page_but_an_editor_s_of_the_piece_tells_a_headline_before_its_time(room: Newsroom, scope):
    editor, colleague = room.editor(scope), room.editor("rules", "a colleague")
    for do in ("pin", "block"):
        colleague.send("/desk/steer", do=do, article="flood-1", item="flood-2", position=1, page="flood-1")
    colleague.send("/desk/steer", do="sensitive", item="flood-2", page="flood-1")
    snapshot = room.recommender.index.snapshot()
    asked = (
        ("/desk", {"q": "chancellor"}),
        ("/desk", {"q": "flood-2"}),
        ("/desk/article", {"id": "flood-2"}),
        ("/desk/article", {"id": "flood-1", "beside": "policy:0", "pick": "chancellor", "did": ["2", "3", "4"]}),
        ("/desk/rules", {"state": "all"}),
        ("/desk/rules", {"q": "chancellor"}),
        ("/desk/audit", {"what": "all"}),
        ("/desk/tune", {"article": "flood-2", "try": "1", "limit": "3"}),
        ("/desk/tune", {"q": "chancellor"}),
        ("/desk/tune/try", {"article": "flood-2", "limit": "3"}),
        ("/desk/health", {}),
        ("/desk/health/coverage", {}),
        ("/desk/map", {"article": "flood-2"}),
        ("/desk/map/article", {"map": snapshot.generation, "row": snapshot.row_of_id("flood-2")}),
        ("/desk/clicks", {"counted": "1"}),
    )
    for path, query in asked:
        its_own = query == {"id": "flood-2"} and scope != "read"
        assert (SECRET in editor.get(path, **query).text) == its_own, path
    room.clock.now = NOON + timedelta(days=2)
    editor.sign_in()
    for path, query in (asked[2], asked[4], asked[6], asked[7]):
        assert SECRET in editor.get(path, **query).text, path


def test_a_piece_that_left_the_list_is_not_moved(room: Newsroom):
    order = "\n".join(("flood-3", "flood-4"))
    moved = {"do": "move", "article": "flood-1", "slot": "also-read", "item": "match-1", "to": 1, "order": order}
    response = room.editor().send("/desk/steer", **moved, page="flood-1")
    assert response.status_code == 409
    assert "The list has changed" in response.text


def test_an_editor_opens_her_piece_by_its_id_or_address_and_settles_what_its_readers_will_get(room: Newsroom):
    editor, reader = room.editor(), room.editor("read")
    url = next(one["url"] for one in small_archive() if one["id"] == "flood-2")
    for query in ("flood-2", url):
        assert "/desk/article?id=flood-2" in editor.page("/desk", q=query)
        assert "/desk/article?id=flood-2" not in reader.page("/desk", q=query)
    assert reader.get("/desk/article", id="flood-2").status_code == 404
    page = editor.page("/desk/article", id="flood-2")
    assert "Not published before 21 Mar 2026, 12:00 UTC." in text_of(page)
    also_read = page.split('data-order="also-read"')[1].split("</ol>")[0]
    assert 'data-item="flood-1"' in also_read
    assert 'data-item="flood-2"' not in page, "nobody's list has it"
    editor.send(
        "/desk/steer", do="pin", article="flood-2", item="match-1", slot="also-read", position=1, page="flood-2"
    )
    assert room.reader().get("/v1/articles/flood-2/also-read").status_code == 404
    room.clock.now = NOON + timedelta(days=2)
    first = room.reader().get("/v1/articles/flood-2/also-read").get_json()["items"][0]
    assert (first["id"], first["source"]) == ("match-1", "pinned")


def test_a_piece_that_was_taken_down_is_opened_by_nobody(room: Newsroom):
    room.writer.run(lambda catalogue: delete_article(catalogue, "flood-2"))
    assert room.editor("admin").get("/desk/article", id="flood-2").status_code == 404
