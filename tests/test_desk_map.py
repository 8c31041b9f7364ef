"""The desk's map: its points, what a point is, and the same in words."""

import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from editors_fixtures import Editor, Newsroom, small_newsroom, text_of
from service_fixtures import numbered, publish, small_archive, subject_words

from index.article_writes import delete_article
from index.live_index import LiveIndex
from service.desk.map_picture import FULL, SECTIONS, Maps, _names


@pytest.fixture
def room(data: Path) -> Newsroom:
    return small_newsroom(data)


def points(body: bytes) -> dict[int, tuple[int, int, int]]:
    """Place and section by row, as the page's script reads them."""
    (count,) = struct.unpack_from("<I", body)
    assert len(body) == 4 + 9 * count
    rows = np.frombuffer(body, "<u4", count, 4).tolist()
    x = np.frombuffer(body, "<u2", count, 4 + 4 * count).tolist()
    y = np.frombuffer(body, "<u2", count, 4 + 6 * count).tolist()
    section = np.frombuffer(body, "u1", count, 4 + 8 * count).tolist()
    return {row: (a, b, c) for row, a, b, c in zip(rows, x, y, section, strict=True)}


def words_of(subject: str, number: int) -> str:
    """A text of the subject that is no copy of another."""
    known = subject_words(subject, 14).rstrip(".").split()
    return " ".join(known[number % 7 : number % 7 + 6] + [f"own{subject}{number}x{at}" for at in range(5)])


def about(editor, room: Newsroom, row: int, generation: str | None = None):
    generation = generation or room.recommender.index.snapshot().generation
    return editor.get("/desk/map/article", map=generation, row=row)


def test_every_article_that_readers_can_get_is_a_point_and_tells_what_it_is(room: Newsroom):
    editor = room.editor("read")
    found = points(editor.get("/desk/map/points").data)
    told = [json.loads(about(editor, room, row).data) for row in found]
    assert {one["id"] for one in told} == {one["id"] for one in small_archive()}
    assert all(one["title"] and one["when"] for one in told)
    assert all(0 <= x <= FULL and 0 <= y <= FULL and section < SECTIONS for x, y, section in found.values())


def test_what_was_taken_down_is_on_the_map_no_more(room: Newsroom):
    editor = room.editor("read")
    before = points(editor.get("/desk/map/points").data)
    (gone,) = [row for row in before if json.loads(about(editor, room, row).data)["id"] == "flood-2"]
    room.writer.run(lambda catalogue: delete_article(catalogue, "flood-2"))
    after = points(editor.get("/desk/map/points").data)
    assert before.keys() - after.keys() == {gone}
    assert {row: place[:2] for row, place in after.items()} == {
        row: place[:2] for row, place in before.items() if row != gone
    }
    assert about(editor, room, gone).status_code == 404
    assert "flood-2" not in about(editor, room, gone).text


def test_what_is_to_come_is_not_on_the_map(data: Path):
    publish(data, [*small_archive(), numbered("flood", 9, published_at="2039-01-01T00:00:00Z", title="Embargoed")])
    room = Newsroom(data)
    editor = room.editor("read")
    assert len(points(editor.get("/desk/map/points").data)) == len(small_archive())
    assert "Embargoed" not in editor.page("/desk/map")


def test_a_point_of_an_index_that_is_gone_is_refused_and_says_what_to_do(room: Newsroom):
    response = about(room.editor("read"), room, 0, "20200101T000000000Z-abcdef")
    assert response.status_code == 409
    assert "Load the map again" in response.text


@pytest.mark.parametrize("row", ["-1", "99999999", "x", "4294967296"])
def test_a_row_that_there_is_not_is_told_so(room: Newsroom, row: str):
    generation = room.recommender.index.snapshot().generation
    assert room.editor("read").get("/desk/map/article", map=generation, row=row).status_code == 404


def test_the_points_are_sent_once_while_nothing_changes(room: Newsroom):
    editor = room.editor("read")
    first = editor.get("/desk/map/points")
    again = editor.client.get("/desk/map/points", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_without_script_the_map_is_told_in_words(room: Newsroom):
    page = room.editor("read").page("/desk/map")
    told = text_of(page[page.index("The map in words") :])
    for section in {one["section"].split("/")[0] for one in small_archive()}:
        assert section.capitalize() in told


def test_an_index_without_a_map_says_when_there_will_be_one(data: Path):
    publish(data, small_archive(), fold=True)
    page = text_of(Newsroom(data).editor("read").page("/desk/map"))
    assert "The next rebuild draws one" in page
    assert Newsroom(data).editor("read", "other").get("/desk/map/points").status_code == 404


def test_a_map_that_a_later_rebuild_drew_is_seen_without_a_restart(data: Path):
    publish(data, small_archive(), fold=True)
    room = Newsroom(data)
    editor = room.editor("read")
    editor.page("/desk/map")
    publish(data, small_archive())
    assert len(points(editor.get("/desk/map/points").data)) == len(small_archive())


def test_an_article_is_shown_where_it_stands(room: Newsroom):
    editor = room.editor("read")
    at = re.search(r'data-at="([\d.]+) ([\d.]+)"', editor.page("/desk/map", article="flood-2"))
    assert at is not None
    found = points(editor.get("/desk/map/points").data)
    (row,) = [row for row in found if json.loads(about(editor, room, row).data)["id"] == "flood-2"]
    assert (round(float(at[1]) * FULL), round(float(at[2]) * FULL)) == found[row][:2]
    assert "No article has the id" in text_of(editor.page("/desk/map", article="<script>alert(1)</script>"))


def test_places_are_named_by_words_that_stand_out_there(data: Path):
    records = [
        numbered(subject, number, title=f"{word} and the town {number}", text=words_of(subject, number))
        for subject, word in (("flood", "Rivers"), ("match", "Goalkeepers"))
        for number in range(40)
    ]
    publish(data, records)
    snapshot = LiveIndex(data).snapshot()
    picture = Maps(data).picture(snapshot, Newsroom(data).clock())
    assert picture is not None
    named = {one.word for one in _names(snapshot, picture)}
    assert {"Rivers", "Goalkeepers"} <= named <= {"Rivers", "Goalkeepers", "town"}


def test_what_was_taken_down_names_no_place(data: Path):
    ids = [f"flood-{number}" for number in range(20)]
    publish(
        data,
        [
            numbered(subject, number, title=f"{word} day {number}", text=words_of(subject, number))
            for subject, word in (("flood", "Kompromat"), ("match", "Goalkeepers"))
            for number in range(20)
        ],
    )
    room = Newsroom(data)
    editor = room.editor("read")
    assert all(word in names_on(editor) for word in ("Kompromat", "Goalkeepers"))
    for gone in ids:
        room.writer.run(lambda catalogue, gone=gone: delete_article(catalogue, gone))
    assert "Goalkeepers" in names_on(editor)
    assert "Kompromat" not in editor.page("/desk/map")


def names_on(editor: Editor) -> str:
    """The names of places, as the page hands them to its script."""
    return editor.page("/desk/map").split('data-names="', 1)[1].split('"', 1)[0]


def test_a_title_with_markup_stays_text(data: Path):
    publish(data, [*small_archive(), numbered("flood", 9, title="<img src=x onerror=alert(1)> \"' </script>")])
    page = Newsroom(data).editor("read").page("/desk/map")
    assert "<img src=x" not in page
