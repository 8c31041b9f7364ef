"""Tuning at the desk: what would change is what then changes, nobody's policy is lost, and who may not save cannot."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from editors_fixtures import Editor, Newsroom, small_newsroom, text_of
from service_fixtures import numbered, publish, small_archive

from index.audit import read_audit
from index.policy_versions import list_policies, save_policy
from recommender.policy import SLOTS, Weights, load_policy, policy_from_toml
from recommender.policy_text import policy_to_toml
from service.desk import tune

TUNE = "/desk/tune"
ALSO = "/v1/articles/flood-1/also-read"


@pytest.fixture
def room(data: Path) -> Newsroom:
    return small_newsroom(data)


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer hangs on how fast the machine is."""
    for name in ("FIRST_SECONDS", "SLICE_SECONDS", "WHOLE_SECONDS"):
        monkeypatch.setattr(tune, name, 60.0)


def served(room: Newsroom, path: str = ALSO) -> list[str]:
    return [item["id"] for item in room.reader().get(path).get_json()["items"]]


def sent_back(page: str, within: str = 'id="save"') -> dict[str, str]:
    """The fields of the form that saves, as a browser without script would send them, but for the session's token."""
    form = page.split(within, 1)[1].split("</form>", 1)[0]
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in fields if name != "token"}


def tried(editor: Editor, **settings: Any) -> str:
    return editor.page(TUNE, **{"try": "1", **settings})


def test_what_would_change_is_shown_before_and_is_what_readers_get_after_saving(room: Newsroom):
    editor = room.editor()
    before = served(room)
    page = tried(editor, article="flood-1", limit="2", half_life_days="5")
    assert served(room) == before, "nothing counts before it is saved"
    assert "15 of 15 lists would change: 0 pieces would come, 45 would go." in text_of(page)
    column = page.split("They would get", 1)[1].split("</ol>", 1)[0]
    shown = re.findall(r'class="tried-title"[^>]*>([^<]+)<', column)
    response = editor.send(f"{TUNE}/save", **sent_back(page), note="Shorter, fresher")
    assert "Saved as policy 1" in text_of(response.text)
    assert served(room) == [f"flood-{title.removeprefix('flood')}" for title in shown]
    assert len(served(room)) == 2
    (saved,) = list_policies(room.writer.catalogue().engine)
    policy = policy_from_toml(saved.toml)
    assert policy.slots["also-read"] == load_policy().slots["also-read"].model_copy(
        update={"limit": 2, "half_life_days": 5.0}
    )
    assert (saved.saved_by, saved.note) == ("someone with rules", "Shorter, fresher")
    assert saved.toml.startswith("# Saved at the desk by someone with rules\n# Shorter, fresher\n")


def test_the_script_is_told_the_same_slice_by_slice(room: Newsroom):
    editor = room.editor()
    first = editor.get(f"{TUNE}/try", limit="2", article="flood-1").get_json()
    assert (first["wanted"], first["start"], first["compared"]) == (15, 0, 15)
    assert (len(first["changed"]), first["came"], first["went"]) == (15, 0, 45)
    assert "Length" in text_of(first["changes"])
    assert "They would get" in first["lists"]
    rest = editor.get(f"{TUNE}/try", limit="2", **{"from": "12"}).get_json()
    assert (rest["start"], rest["compared"]) == (12, 3)
    assert [one["at"] for one in rest["changed"]] == [12, 13, 14]
    assert "lists" not in rest


def test_a_section_has_its_own_until_that_is_dropped(room: Newsroom):
    editor = room.editor()
    page = tried(editor, section="sport", limit="1")
    assert "5 of 5 lists would change" in text_of(page)
    editor.send(f"{TUNE}/save", **sent_back(page))
    assert (len(served(room)), len(served(room, "/v1/articles/match-1/also-read"))) == (5, 1)
    page = editor.page(TUNE, section="sport")
    assert "sport has settings of its own" in text_of(page)
    assert "sport (settings of its own)" in text_of(editor.page(TUNE))
    assert "(settings of its own)" not in text_of(editor.page(TUNE, slot="background"))
    editor.send(f"{TUNE}/save", **sent_back(page), drop="1")
    assert len(served(room, "/v1/articles/match-1/also-read")) == 5


def test_going_back_is_one_button_and_can_itself_be_undone(room: Newsroom):
    editor = room.editor()
    for limit in ("2", "3"):
        editor.send(f"{TUNE}/save", **sent_back(tried(editor, limit=limit)))
    page = editor.page(TUNE)
    assert "Policy 2 is in force" in text_of(page)
    fields = sent_back(page, f'action="{TUNE}/restore"')
    assert fields == {"number": "1", "over": "2"}
    assert "saved as policy 3" in text_of(editor.send(f"{TUNE}/restore", **fields).text)
    assert len(served(room)) == 2
    editor.send(f"{TUNE}/restore", number="2", over="3")
    assert len(served(room)) == 3
    lines = [(line.action, line.subject, line.who) for line in read_audit(room.writer.catalogue())]
    assert ("policy.restore", "policy 4", "someone with rules") in lines


def test_from_the_first_save_the_way_back_is_to_what_ships(room: Newsroom):
    editor = room.editor()
    shipped = len(served(room))
    editor.send(f"{TUNE}/save", **sent_back(tried(editor, limit="2")))
    fields = sent_back(editor.page(TUNE), f'action="{TUNE}/restore"')
    assert fields == {"number": "0", "over": "1"}
    assert "saved as policy 2" in text_of(editor.send(f"{TUNE}/restore", **fields).text)
    assert len(served(room)) == shipped
    assert "Back to what ships" in text_of(editor.page(TUNE))
    assert editor.send(f"{TUNE}/restore", over="2").status_code == 400


def test_of_two_who_tune_at_once_the_second_is_told_and_her_settings_still_stand(room: Newsroom):
    anna, ben = room.editor(name="anna"), room.editor(name="ben")
    hers, his = (sent_back(tried(one, limit=limit)) for one, limit in ((anna, "2"), (ben, "3")))
    ben.send(f"{TUNE}/save", **his)
    refused = anna.send(f"{TUNE}/save", **hers)
    assert refused.status_code == 409
    said = text_of(refused.text)
    assert "Not saved: ben saved policy 1 meanwhile." in said
    assert "Also read Length 5 → 3" in said, "what he changed"
    assert len(served(room)) == 3
    again = sent_back(refused.text)
    assert (again["limit"], again["over"]) == ("2", "1")
    assert anna.send(f"{TUNE}/save", **again).status_code == 200
    assert len(served(room)) == 2
    assert anna.send(f"{TUNE}/restore", number="1", over="1").status_code == 409
    assert len(served(room)) == 2


def test_a_reader_of_the_desk_tries_and_downloads_but_does_not_save(room: Newsroom):
    reader = room.editor("read")
    page = tried(reader, limit="2")
    assert "15 of 15 lists would change" in text_of(page)
    assert f"{TUNE}/save" not in page
    for path, fields in ((f"{TUNE}/save", {"limit": "2", "over": "0"}), (f"{TUNE}/restore", {"number": "1"})):
        assert reader.send(path, **fields).status_code == 403
    assert not list_policies(room.writer.catalogue().engine)


def test_while_a_file_governs_it_is_said_and_nothing_is_saved(data: Path, tmp_path: Path):
    file = tmp_path / "mine.toml"
    file.write_text("[also-read]\nlimit = 4\n", encoding="utf-8")
    room = small_newsroom(data, policy=file)
    editor = room.editor()
    page = tried(editor, limit="2")
    assert "A policy file governs (ALSOREAD_POLICY)" in text_of(page)
    assert str(tmp_path) not in page
    assert f"{TUNE}/save" not in page
    assert editor.send(f"{TUNE}/save", limit="2", over="0").status_code == 409
    assert editor.send(f"{TUNE}/restore", number="1", over="0").status_code == 409
    toml = editor.get(f"{TUNE}/policy.toml", limit="2")
    assert policy_from_toml(toml.text).slots["also-read"].limit == 2
    assert toml.headers["Content-Disposition"].startswith('attachment; filename="policy-')


def test_what_is_tried_or_was_saved_can_be_downloaded(room: Newsroom):
    editor = room.editor()
    editor.send(f"{TUNE}/save", **sent_back(tried(editor, slot="background", diversity="2.25")))
    toml = editor.get(f"{TUNE}/policy.toml", number="1").text
    assert policy_from_toml(toml).slots["background"].diversity == 2.25
    assert editor.get(f"{TUNE}/policy.toml", number="9").status_code == 404
    assert editor.get(f"{TUNE}/policy.toml", limit="0").status_code == 422


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"limit": "0"}, "Length: expected greater than or equal to 1, got 0."),
        ({"limit": "2.5"}, "Length: expected a whole number, got '2.5'."),
        ({"limit": ""}, "Length: expected a whole number, got ''."),
        ({"half_life_days": "nan"}, "Half-life: expected a number, got 'nan'."),
        ({"half_life_days": "1e999"}, "Half-life: expected a number, got '1e999'."),
        ({"floor": "<b>"}, "Floor: expected a number, got '<b>'."),
        ({"floor": "0"}, "Floor: expected greater than 0, got 0.0."),
        ({"weights.words": "-1"}, "Weight of words: expected greater than or equal to 0, got -1.0."),
        ({"slot": "nowhere"}, "Slot: expected one of also-read, more-in-section, background, got 'nowhere'."),
    ],
)
def test_a_setting_that_cannot_be_is_said_and_nothing_is_saved(room: Newsroom, settings: dict[str, str], said: str):
    editor = room.editor()
    page = tried(editor, **settings)
    assert said in text_of(page.replace(unescape("&lt;"), "<"))
    assert "would change" not in text_of(page)
    assert editor.get(f"{TUNE}/try", **settings).get_json()["problem"] == said
    assert editor.send(f"{TUNE}/save", **settings, over="0").status_code == 422
    assert not list_policies(room.writer.catalogue().engine)


def test_a_comma_is_taken_for_a_point(room: Newsroom):
    page = room.editor().page(TUNE, half_life_days="2,5")
    assert sent_back(page)["half_life_days"] == "2.5"


def test_saving_without_a_change_saves_nothing(room: Newsroom):
    editor = room.editor()
    response = editor.send(f"{TUNE}/save", **sent_back(editor.page(TUNE)))
    assert "nothing was changed" in text_of(response.text)
    assert not list_policies(room.writer.catalogue().engine)


def test_every_weight_stands_in_the_form_and_the_form_gives_every_setting_back(room: Newsroom):
    editor = room.editor()
    for slot in SLOTS:
        fields = sent_back(editor.page(TUNE, slot=slot))
        assert {f"weights.{name}" for name in Weights.model_fields} < set(fields)
        response = editor.get(
            f"{TUNE}/policy.toml", **{name: value for name, value in fields.items() if name != "over"}
        )
        assert policy_from_toml(response.text).version == load_policy().version


def test_headlines_and_notes_are_text_and_never_markup(data: Path):
    room = Newsroom(data)
    evil = "<img src=x onerror=alert(1)>"
    publish(data, [*small_archive(), numbered("flood", 6, title=evil, published_at="2026-03-19T23:00:00Z")])
    editor = room.editor(name='<i>eve</i>"')
    page = tried(editor, article="flood-1", limit="9", section="</script><b>x")
    page += editor.send(f"{TUNE}/save", **sent_back(tried(editor, limit="2")), note=evil).text
    page += editor.page(TUNE, q=evil, done="saved-<b>1")
    found = editor.get(f"{TUNE}/try", limit="1", article="flood-1").get_json()
    page += found["lists"] + found["changes"] + "".join(one["html"] for one in found["changed"])
    assert "onerror" in page, "it is shown"
    for markup in ("<img src=x", "<i>eve", "<b>x", "<b>1", "</script><b"):
        assert markup not in page


def test_numbers_out_of_reach_and_unknown_articles_do_no_harm(room: Newsroom):
    editor = room.editor()
    for query in (
        {"below": "9" * 30},
        {"below": "-1"},
        {"from": "9" * 30},
        {"article": "\x00"},
        {"section": "x" * 999},
    ):
        assert editor.get(TUNE, **query).status_code == 200
        assert editor.get(f"{TUNE}/try", **query).status_code == 200
    assert "No article is found" in text_of(editor.page(TUNE, q="zzzzzz"))
    assert "flood1" in editor.page(TUNE, q="flood-1")
    assert editor.send(f"{TUNE}/restore", number="7", over="0").status_code == 404


def test_versions_stand_newest_first_with_what_each_changed(room: Newsroom):
    editor = room.editor()
    for limit in range(1, 12):
        if limit != 5:
            editor.send(f"{TUNE}/save", **sent_back(tried(editor, limit=str(limit))), note=f"note {limit}")
    page = text_of(editor.page(TUNE))
    assert "Policy 10 is in force" in page
    assert "note 11 Also read Length 10 → 11" in page
    assert "Policy 2 " not in page
    older = text_of(editor.page(TUNE, below="3"))
    assert "note 2 Also read Length 1 → 2" in older
    assert "note 1 Also read Length 5 → 1" in older


def test_of_two_policies_the_page_says_that_it_tunes_the_first(data: Path, tmp_path: Path):
    file = tmp_path / "b.toml"
    file.write_text(policy_to_toml(load_policy()), encoding="utf-8")
    room = small_newsroom(data, policy_b=file, policy_split=0.25)
    assert "25 % of the articles of each day are answered under B" in text_of(room.editor().page(TUNE))


def test_over_a_policy_that_cannot_be_read_a_good_one_is_saved(room: Newsroom):
    editor = room.editor()
    editor.send(f"{TUNE}/save", **sent_back(tried(editor, limit="3")))
    room.writer.run(lambda catalogue: save_policy(catalogue, "[nowhere]", "v", "a later version"))
    page = editor.page(TUNE)
    assert "The newest policy cannot be used (policy number 2: no slot is called 'nowhere'" in text_of(page)
    assert "This version of Alsoread cannot read it." in text_of(page)
    assert "Policy 1 is in force" in text_of(page)
    assert len(served(room)) == 3
    editor.send(f"{TUNE}/save", **sent_back(tried(editor, limit="2")))
    assert len(served(room)) == 2
    assert "cannot be used" not in text_of(editor.page(TUNE))
    refused = editor.send(f"{TUNE}/restore", number="2", over="3")
    assert refused.status_code == 422
    assert "cannot read number 2; nothing was changed" in text_of(refused.text)
    assert len(served(room)) == 2
