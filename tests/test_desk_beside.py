"""An earlier index beside the lists of now: of what may no longer be shown it shows nothing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from editors_fixtures import small_newsroom
from service_fixtures import NOON, numbered, publish, record, small_archive, wait_until
from test_desk_steering import ARTICLE, readers_get, shown
from writing_fixtures import make_key

from index.pointer import current_generation


@pytest.mark.parametrize(
    "change",
    [
        {"published_at": (NOON + timedelta(days=3)).isoformat()},
        {"sensitive": True},
        {"recommendable": False},
        {"status": "unpublished"},
    ],
)
def test_what_may_be_shown_no_more_stands_in_no_earlier_list_either(data: Path, change: dict[str, Any]):
    room = small_newsroom(data)
    earlier = current_generation(data)
    publish(data, [*small_archive(), record("new", "more")])
    editor, cms = room.editor(), {"Authorization": f"Bearer {make_key(data)}"}
    assert "flood-2" in _beside(editor, earlier)
    written = numbered("flood", 2, updated_at=NOON.isoformat(), **change)
    assert room.reader().put("/v1/articles/flood-2", json=written, headers=cms).status_code == 200
    wait_until(lambda: "flood-2" not in readers_get(room), 3, "the change being followed")
    assert "flood-2" not in _beside(editor, earlier)
    assert "flood-3" in _beside(editor, earlier)


def test_what_moved_to_another_section_stands_in_no_earlier_list_of_the_section(data: Path):
    room = small_newsroom(data)
    section = [numbered("flood", number) for number in range(1, 5)] + [
        numbered("match", number, section="news", url=f"https://www.example.com/news/{number}")
        for number in range(1, 6)
    ]
    publish(data, section, force=True)
    earlier = current_generation(data)
    editor, cms = room.editor(), {"Authorization": f"Bearer {make_key(data)}"}
    publish(data, [*section, record("new", "more")], force=True)
    before = _beside(editor, earlier, "more-in-section")
    assert before
    path, change = f"/v1/articles/{before[0]}", {"section": "sport", "updated_at": NOON.isoformat()}
    moved = next(one for one in section if one["id"] == before[0]) | change
    assert room.reader().put(path, json=moved, headers=cms).status_code == 200
    wait_until(lambda: room.reader().get(path).get_json()["section"] == "sport", 3, "the change being followed")
    assert before[0] not in _beside(editor, earlier, "more-in-section")


def _beside(editor: Any, generation: str, slot: str = "also-read") -> list[str]:
    """The list that stands beside that of now."""
    html = editor.page("/desk/article", id=ARTICLE, beside=f"snapshot:{generation}")
    return shown(f'data-order="{slot}"{html.split(f"beside-{slot}-name", 1)[1]}', slot)
