"""An editor's day at the desk: what she settles is what readers get, at once; and nobody's change is lost."""

import re
from html import unescape
from pathlib import Path

import pytest
from editors_fixtures import Editor, Newsroom, small_newsroom, text_of
from service_fixtures import publish, small_archive

from index.pointer import current_generation
from index.rules import Rule, read_rules

ARTICLE = "flood-1"


@pytest.fixture
def room(data: Path) -> Newsroom:
    return small_newsroom(data)


@pytest.fixture
def editor(room: Newsroom) -> Editor:
    return room.editor(name="Anna Berg")


def readers_get(room: Newsroom, slot: str = "also-read", article: str = ARTICLE) -> list[str]:
    answer = room.reader().get(f"/v1/articles/{article}/{slot}").get_json()
    return [item["id"] for item in answer["items"]]


def shown(html: str, slot: str = "also-read") -> list[str]:
    """The ids in a list on an article's page, in its order."""
    part = html.split(f'data-order="{slot}"')[1].split("</ol>")[0]
    return [unescape(one) for one in re.findall(r'data-item="([^"]+)"', part)]


def rules_of(room: Newsroom) -> list[Rule]:
    return list(read_rules(room.writer.catalogue().engine).rules)


def steer(editor: Editor, do: str, **fields):
    return editor.send("/desk/steer", do=do, page=ARTICLE, **fields)


def number_of(html: str) -> str:
    found = re.search(r'name="number" value="(\d+)"', html)
    assert found is not None
    return found[1]


def test_the_page_shows_what_readers_get_in_every_slot(room: Newsroom, editor: Editor):
    html = editor.page("/desk/article", id=ARTICLE)
    page = room.reader().get("/v1/page", query_string={"id": ARTICLE}).get_json()
    for slot in ("also-read", "more-in-section"):
        assert shown(html, slot) == [item["id"] for item in page["slots"][slot]["items"]]
    reasons = [reason for item in page["slots"]["also-read"]["items"] for reason in item["reasons"]]
    assert reasons
    assert all(reason in text_of(html) for reason in reasons)


def test_a_pin_stands_at_its_place_with_readers_and_undo_takes_it_back(room: Newsroom, editor: Editor):
    before = readers_get(room)
    html = steer(editor, "pin", article=ARTICLE, item="match-1", slot="also-read", position=1, reason="Cup final").text
    assert readers_get(room)[0] == "match-1"
    assert shown(html)[0] == "match-1"
    assert "Pinned “match1” at 1 in Also read" in text_of(html)
    assert "Cup final" in text_of(html)
    assert rules_of(room)[0].created_by == "Anna Berg"
    undone = steer(editor, "undo", number=number_of(html))
    assert readers_get(room) == before
    assert "Removed the pin of “match1”" in text_of(undone.text)
    steer(editor, "undo", number=number_of(undone.text))
    assert readers_get(room)[0] == "match-1", "an undo can be undone"


def test_a_block_here_leaves_the_piece_elsewhere_and_a_block_everywhere_does_not(room: Newsroom, editor: Editor):
    assert "flood-2" in readers_get(room)
    steer(editor, "block", article=ARTICLE, item="flood-2")
    assert "flood-2" not in readers_get(room)
    assert "flood-2" in readers_get(room, article="flood-3")
    steer(editor, "block-everywhere", item="flood-2")
    assert "flood-2" not in readers_get(room, article="flood-3")


def test_a_piece_marked_as_sensitive_is_not_suggested(room: Newsroom, editor: Editor):
    html = steer(editor, "sensitive", item="flood-2", reason="the family asked").text
    assert "flood-2" not in readers_get(room)
    assert "Marked as sensitive “flood2”" in text_of(html)


def test_moving_a_piece_leaves_all_others_as_they_are_seen(room: Newsroom, editor: Editor):
    items = shown(editor.page("/desk/article", id=ARTICLE))
    order = "\n".join(items)
    html = steer(editor, "move", article=ARTICLE, slot="also-read", item=items[2], to=1, order=order).text
    wanted = [items[2], items[0], items[1], *items[3:]]
    assert shown(html) == wanted == readers_get(room)
    again = "\n".join(wanted)
    html = steer(editor, "move", article=ARTICLE, slot="also-read", item=items[1], to=1, order=again).text
    assert shown(html)[:2] == [items[1], items[2]], "the earlier pin moves down by one"
    numbers = re.findall(r'name="number" value="(\d+)"', html)
    assert len(set(numbers)) == 2
    steer(editor, "undo", number=numbers)
    assert readers_get(room) == wanted


def test_a_piece_pinned_in_every_slot_can_be_moved_in_one(room: Newsroom, editor: Editor):
    steer(editor, "pin", article=ARTICLE, item="match-1", position=1)
    items = readers_get(room)
    html = steer(editor, "move", article=ARTICLE, slot="also-read", item="match-1", to=3, order="\n".join(items)).text
    assert shown(html)[2] == readers_get(room)[2] == "match-1"
    items = readers_get(room)
    steer(editor, "move", article=ARTICLE, slot="also-read", item=items[4], to=1, order="\n".join(items))
    assert readers_get(room)[3] == "match-1", "its pin for this list moves on, as any"


def test_a_rule_ends_by_itself(room: Newsroom, editor: Editor):
    steer(editor, "block-everywhere", item="flood-2", until="day")
    (rule,) = rules_of(room)
    assert rule.expires_at is not None
    assert (rule.expires_at - room.clock.now).total_seconds() == 86_400


def test_a_rule_ends_with_a_day_that_is_chosen(room: Newsroom, editor: Editor):
    steer(editor, "block-everywhere", item="flood-2")
    (rule,) = rules_of(room)
    steer(editor, "change", rule=rule.id, version=1, until="same", day="2027-01-31")
    assert rules_of(room)[0].expires_at.isoformat() == "2027-01-31T23:59:59+00:00"
    steer(editor, "change", rule=rule.id, version=2, until="same", reason="longer")
    assert rules_of(room)[0].expires_at.isoformat() == "2027-01-31T23:59:59+00:00"


def test_of_two_editors_who_change_one_rule_the_second_is_told_and_nothing_is_lost(room: Newsroom, editor: Editor):
    ben = room.editor(name="Ben")
    steer(editor, "pin", article=ARTICLE, item="match-1", slot="also-read", position=2)
    (rule,) = rules_of(room)
    seen = {"rule": rule.id, "version": rule.version, "until": "same"}
    assert steer(editor, "change", **seen, position=1, reason="Anna's").status_code == 200
    late = steer(ben, "change", **seen, position=3, reason="Ben's")
    assert late.status_code == 409
    said = text_of(late.text)
    assert "Anna Berg changed this rule while you looked at it." in said
    assert "“Anna's”" in said
    assert "“Ben's”" in said
    assert "Pinned “match1” at 1 in Also read, beside “flood1”." in said
    assert (rules_of(room)[0].position, rules_of(room)[0].reason) == (1, "Anna's")
    kept = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', late.text))
    assert ben.client.post("/desk/steer", data={k: unescape(v) for k, v in kept.items()}).status_code == 303
    assert (rules_of(room)[0].position, rules_of(room)[0].reason) == (3, "Ben's")
    gone = steer(editor, "remove", rule=rule.id, version=rules_of(room)[0].version)
    assert gone.status_code == 200
    assert steer(ben, "remove", rule=rule.id, version=3).status_code == 409


def test_what_was_changed_since_is_not_undone(room: Newsroom, editor: Editor):
    html = steer(editor, "pin", article=ARTICLE, item="match-1", slot="also-read", position=2).text
    (rule,) = rules_of(room)
    steer(room.editor(name="Ben"), "change", rule=rule.id, version=1, position=1, until="same")
    assert steer(editor, "undo", number=number_of(html)).status_code == 409
    assert rules_of(room)[0].position == 1


def test_a_pin_of_a_blocked_piece_says_so(room: Newsroom, editor: Editor):
    steer(editor, "block-everywhere", item="match-1")
    html = steer(editor, "pin", article=ARTICLE, item="match-1", slot="also-read", position=1).text
    assert "Pinned “match1” at 1 in Also read. The pinned article is blocked everywhere." in text_of(html)
    assert "match-1" not in readers_get(room)
    listed = text_of(editor.page("/desk/rules"))
    assert "It is pinned beside “flood1”; the block wins." in listed
    assert "'flood-1'" not in listed


def test_a_conflict_names_the_slot_as_the_desk_does(room: Newsroom, editor: Editor):
    html = steer(editor, "pin", article=ARTICLE, item="match-1", position=1).text
    assert "In “More in section”: the pinned article is in another section." in text_of(html)


def test_a_reader_of_the_desk_sees_everything_and_changes_nothing(room: Newsroom):
    cleo = room.editor("read", name="Cleo")
    html = cleo.page("/desk/article", id=ARTICLE)
    assert "flood2" in html
    assert "/desk/steer" not in html
    token = cleo.form_token()
    response = cleo.client.post("/desk/steer", data={"token": token, "do": "block-everywhere", "item": "flood-2"})
    assert response.status_code == 403
    assert rules_of(room) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "explode"},
        {"do": "pin", "article": ARTICLE, "item": ARTICLE, "position": 1},
        {"do": "block"},
        {"do": "pin", "article": ARTICLE, "item": "match-1", "position": "first"},
        {"do": "pin", "article": ARTICLE, "item": "match-1", "slot": "nowhere", "position": 1},
        {"do": "block", "item": "match-1", "until": "doomsday"},
        {"do": "undo", "number": "99"},
        {"do": "move", "article": ARTICLE, "slot": "also-read", "item": "match-1", "to": 1, "order": "flood-2"},
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(room: Newsroom, editor: Editor, fields):
    response = editor.send("/desk/steer", page=ARTICLE, **fields)
    assert response.status_code in (400, 409)
    assert "That was not done" in response.text
    assert rules_of(room) == []


def test_rules_are_found_by_headline_reason_and_colleague(room: Newsroom, editor: Editor):
    steer(editor, "block-everywhere", item="flood-2", reason="Agency picture")
    steer(editor, "pin", article=ARTICLE, item="match-1", slot="also-read", position=1)
    for query, there in (({"q": "agency"}, "flood2"), ({"q": "match1"}, "match1"), ({"kind": "block"}, "flood2")):
        listed = editor.page("/desk/rules", **query)
        assert there in text_of(listed)
        assert "1 rule" in text_of(listed)
    assert "0 rules" in text_of(editor.page("/desk/rules", q="penguin"))


def test_the_audit_log_tells_what_was_done_and_is_taken_along(room: Newsroom, editor: Editor):
    steer(editor, "block-everywhere", item="flood-2", reason="=HYPERLINK()")
    said = text_of(editor.page("/desk/audit"))
    assert "Anna Berg blocked “flood2” everywhere." in said
    assert "signed in" not in said, "sign-ins are no changes, …"
    assert "Anna Berg signed in." in text_of(editor.page("/desk/audit", what="desk")), "… and stand by themselves"
    assert "flood2" not in text_of(editor.page("/desk/audit", who="Ben"))
    lines = editor.get("/desk/audit/export", format="json").get_json()
    assert [line["action"] for line in lines] == ["rule.add", "desk.sign-in"]
    fields = text_of(editor.page("/desk/audit").split('class="fields"')[1].split("</table>")[0])
    assert "item id flood-2" in fields
    assert "reason =HYPERLINK()" in fields
    table = editor.get("/desk/audit/export").text
    assert table.splitlines()[0] == "number,at,who,action,subject,before,after"


def test_another_policy_and_an_earlier_index_stand_beside(room: Newsroom, editor: Editor):
    html = editor.page("/desk/article", id=ARTICLE, beside="policy:0")
    assert "under the policy as shipped" in text_of(html)
    for nothing in ("policy:99", "snapshot:2020", "snapshot:../..", "moon"):
        assert editor.get("/desk/article", id=ARTICLE, beside=nothing).status_code == 400


def test_an_earlier_index_stands_beside_without_what_was_taken_down_since(room: Newsroom, editor: Editor):
    earlier = current_generation(room.data)
    archive = [one for one in small_archive() if one["id"] != "flood-4"]
    changed = [{**one, "title": "Wholly other", "text": "zebra"} if one["id"] == "flood-2" else one for one in archive]
    publish(room.data, changed, force=True)
    fresh = Newsroom(room.data)
    anna = Editor(fresh.app.test_client(), editor.key)
    anna.sign_in()
    html = anna.page("/desk/article", id=ARTICLE, beside=f"snapshot:{earlier}")
    then = html.split('id="beside-also-read-name"')[1].split("</ol>")[0]
    assert "flood-2" in then
    assert "flood-3" in then
    assert "flood-4" not in then
    assert "the index of" in text_of(html)
