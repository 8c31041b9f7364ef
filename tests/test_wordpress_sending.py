"""What the plugin has to say is never lost, whatever the service does, and never arrives in the wrong order."""

from pathlib import Path

import pytest
from wordpress_fixtures import Played, articles, play, play_for_real
from writing_fixtures import NOBODYS_KEY, Desk, small_desk


@pytest.fixture
def desk(data: Path) -> Desk:
    return small_desk(data)


def test_what_happened_while_the_service_was_away_arrives_when_it_is_back(desk: Desk):
    said = play_for_real("away_and_back", desk).said
    assert {name: article["title"] for name, article in articles(desk).items()} == {
        "wp-1-1": "Changed while it was away"
    }
    assert said["waiting"] == 2
    assert said["left"] == 0
    assert said["state"]["failing_since"] == 0
    assert not said["cron"]


def test_while_the_service_is_away_saving_costs_one_call_and_then_none(desk: Desk):
    assert play_for_real("away_and_back", desk).said["calls"] == 1


def test_pauses_grow_to_an_hour(desk: Desk):
    assert play_for_real("away_and_back", desk).said["pauses"] == [15, 30, 60, 120, 240, 480, 960, 1920, *[3600] * 4]


def test_what_a_batch_failed_at_is_sent_again(desk: Desk):
    played = play_for_real("partly_failed", desk)
    assert played.said == {"left": 1, "then": 0}
    assert len(played.requests) == 2


def test_a_refused_post_holds_nothing_up_and_is_tried_again_when_it_changes_and_daily(desk: Desk):
    said = play_for_real("refused", desk).said
    assert [row["post_id"] for row in said["alone"]] == ["1"]
    assert "published_at" in said["batch"][0]["refused"]
    assert "expected a date" in said["batch"][0]["refused"]
    assert said["waiting"] == 0
    assert {article["url"].split("/")[3] for article in articles(desk).values()} == {"good", "fine", "mended"}
    assert said["mended"] == 1
    assert said["soon"] == 0
    assert said["later"] == 1


def test_one_post_that_cannot_pass_does_not_keep_back_the_others(desk: Desk):
    said = play_for_real("one_cannot_pass", desk).said
    assert {reason.partition(":")[0] for reason in said["refused"]} == {"status 413", "status 500"}
    assert said["waiting"] == 0
    assert {article["url"].split("/")[3] for article in articles(desk).values()} == {"one", "two"}


def test_a_post_taken_down_while_it_is_sent_is_removed_after_it(desk: Desk):
    played = play_for_real("changed_while_sent", desk)
    assert [request.method for request in played.requests] == ["PUT", "DELETE"]
    assert articles(desk) == {}
    assert played.said == {"waiting": 0}


def test_a_sender_that_was_killed_holds_up_the_others_for_less_than_a_minute(desk: Desk):
    assert play_for_real("killed_sender", desk).said == {"held": 0, "still": 0, "then": 1}


def test_what_stands_on_the_site_counts_though_it_comes_out_of_a_backup(desk: Desk):
    assert play_for_real("from_a_backup", desk).said == {"waiting": 0, "refused": []}
    article = articles(desk)["wp-1-1"]
    assert (article["title"], article["section"]) == ("From an old backup", "sport")


def test_a_post_that_is_back_without_an_edit_is_served_again(desk: Desk):
    assert play_for_real("back_without_an_edit", desk).said == {"waiting": 0, "refused": []}
    assert set(articles(desk)) == {"wp-1-1", "wp-1-2", "wp-1-3"}


def test_a_date_that_never_passes_is_refused_and_not_sent_for_ever(desk: Desk):
    played = play_for_real("always_stale", desk)
    assert played.said == {"waiting": 0, "refused": 1}
    assert len(played.requests) == 4


def test_without_an_address_posts_wait(desk: Desk):
    played = play("without_an_address")
    assert (played.requests, played.said) == ([], {"waiting": 1})


def sent_all(desk: Desk) -> Played:
    return play_for_real("admin_send_all", desk)


def test_sending_all_brings_the_service_in_step_in_batches(desk: Desk):
    played = sent_all(desk)
    assert {request.path for request in played.requests} == {"/v1/articles"}
    assert all(len(request.lines) <= 100 and len(request.body.encode()) < 1_000_000 for request in played.requests)
    assert len(articles(desk)) == 620
    assert "wp-1-1" not in articles(desk)
    assert played.said["mark"] == ""
    assert {"id": "wp-1-1", "deleted": True} in [line for request in played.requests for line in request.lines]


def test_sending_all_says_how_far_it_is(desk: Desk):
    first, *_, last = sent_all(desk).said["steps"]
    assert (first["total"], first["waiting"]) == (621, 621)
    assert first["said"] == "621 posts wait to be sent."
    assert last["waiting"] == 0
    assert last["said"].startswith("All is sent")


def test_only_administrators_send_all_and_only_from_their_own_page(desk: Desk):
    played = play_for_real("admin_only_administrators", desk)
    assert played.said["forged"] == -1
    assert played.said["not_allowed"].startswith("403")
    assert played.said["go_on"].startswith("403")
    assert played.requests == []


def test_a_refused_key_is_said_at_once_and_the_posts_wait(desk: Desk):
    said = play_for_real("admin_key_refused", desk, NOBODYS_KEY).said
    assert said["state"]["key_refused"]
    assert "Alsoread refuses the key; 1 post waits" in said["pages"]
