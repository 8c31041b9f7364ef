"""What is not published yet has no headline anywhere at the desk, however it is asked for."""

from datetime import timedelta
from pathlib import Path

import pytest
from editors_fixtures import Newsroom
from service_fixtures import NOON, numbered, publish, small_archive

SECRET = "Chancellor resigns"


@pytest.fixture
def room(data: Path) -> Newsroom:
    later = numbered("flood", 2, title=SECRET, published_at=(NOON + timedelta(days=1)).isoformat())
    publish(data, [*(one for one in small_archive() if one["id"] != "flood-2"), later])
    return Newsroom(data)


def test_no_page_tells_a_headline_before_its_time(room: Newsroom):
    editor = room.editor()
    for do in ("pin", "block"):
        editor.send("/desk/steer", do=do, article="flood-1", item="flood-2", position=1, page="flood-1")
    editor.send("/desk/steer", do="sensitive", item="flood-2", page="flood-1")
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
        assert SECRET not in editor.get(path, **query).text, path
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
