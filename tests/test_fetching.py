"""Fetching from real servers of this machine: what arrives, what is refused, and how patient we are."""

import gzip
import threading
import time
import tracemalloc
import zlib
from email.utils import format_datetime

import pytest
from fetching_helpers import NOON, Hours, fetcher
from web_server import Answer, WebServer, serving

from index.errors import FetchFailed
from index.fetching import Validators
from index.fetching.turns import HostTurns
from index.fetching.unpacking import TooLong, Unpacker


def failure(web: WebServer, path: str = "/", hours: Hours | None = None, **rules: object) -> FetchFailed:
    """How fetching fails."""
    with pytest.raises(FetchFailed) as failed:
        fetcher(hours, obey_robots=False, **rules).get(web.url + path)
    return failed.value


def test_an_answer_arrives_with_what_the_server_said_about_it() -> None:
    with serving() as web:
        web.answers["/a b"] = web.answers["/a%20b"] = Answer(
            "Grüße", type='Text/HTML; Charset="UTF-8"', etag='W/"7"', last_modified="Sat, 14 Mar 2026 12:00:00 GMT"
        )
        answer = fetcher().get(f"{web.url}/a b#part", accept="text/html")
    assert (answer.status, answer.body.decode(), answer.media_type, answer.charset) == (
        200,
        "Grüße",
        "text/html",
        "utf-8",
    )
    assert answer.validators == Validators('W/"7"', "Sat, 14 Mar 2026 12:00:00 GMT")
    assert answer.url == f"{web.url}/a%20b"
    sent = web.calls[-1].headers
    assert (sent["user-agent"], sent["accept"], sent["host"]) == ("alsoread/9", "text/html", web.url[7:])
    assert "cookie" not in sent


@pytest.mark.parametrize(
    "validators", [Validators(etag='"1"'), Validators(last_modified="Sat, 14 Mar 2026 12:00:00 GMT")]
)
def test_what_has_not_changed_comes_without_its_body_and_keeps_its_validators(validators: Validators) -> None:
    with serving() as web:
        web.answers["/"] = Answer("long", etag=validators.etag, last_modified=validators.last_modified)
        answer = fetcher().get(web.url, validators)
    assert (answer.status, answer.body, answer.validators) == (304, b"", validators)


def test_a_304_that_no_one_asked_for_is_a_failure() -> None:
    with serving() as web:
        web.answers["/"] = Answer(status=304)
        assert failure(web).status == 304


RAW = zlib.compressobj(wbits=-15)
PACKINGS = {
    "gzip": gzip.compress(b"The ferry runs again. " * 99),
    "two members": gzip.compress(b"The ferry runs again. " * 49) + gzip.compress(b"The ferry runs again. " * 50),
    "padded": gzip.compress(b"The ferry runs again. " * 99) + bytes(20),
    "deflate": zlib.compress(b"The ferry runs again. " * 99),
    "raw": RAW.compress(b"The ferry runs again. " * 99) + RAW.flush(),
}


@pytest.mark.parametrize("form", PACKINGS)
def test_a_packed_answer_is_unpacked(form: str) -> None:
    coding = "deflate" if form in ("deflate", "raw") else "GZIP"
    with serving() as web:
        web.answers["/"] = Answer(PACKINGS[form], headers={"Content-Encoding": coding}, chunked=True)
        assert fetcher().get(web.url).body == b"The ferry runs again. " * 99


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip"])
def test_a_packing_that_was_not_asked_for_is_named(coding: str) -> None:
    with serving() as web:
        web.answers["/"] = Answer(b"?", headers={"Content-Encoding": coding})
        assert repr(coding) in str(failure(web))


def test_a_bomb_is_refused_before_it_fills_the_memory() -> None:
    bomb = gzip.compress(bytes(40_000_000), 1)
    with serving() as web:
        web.answers["/"] = Answer(bomb, headers={"Content-Encoding": "gzip"})
        tracemalloc.start()
        error = failure(web, max_bytes=1_000_000)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert "expected at most 1,000,000 bytes, unpacked, got more" in str(error)
    assert not error.passing
    assert most < 8_000_000


def test_a_piece_is_never_unpacked_further_than_it_may_be() -> None:
    bomb = gzip.compress(bytes(40_000_000))
    assert len(bomb) < 50_000
    tracemalloc.start()
    with pytest.raises(TooLong) as refused:
        Unpacker(1_000_000).feed(bomb)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(refused.value.made) == 1_000_000
    assert most < 8_000_000


@pytest.mark.parametrize("dress", [{}, {"chunked": True}, {"endless": True}, {"gzip": True}])
def test_a_body_longer_than_allowed_is_refused_and_one_as_long_is_not(dress: dict[str, bool]) -> None:
    with serving() as web:
        web.answers["/"] = Answer(b"x" * 5_000, **dress)
        assert "at most 4,999 bytes" in str(failure(web, max_bytes=4_999))
        if "endless" not in dress:
            assert len(fetcher(max_bytes=9_999).get(web.url, max_bytes=5_000).body) == 5_000
        with pytest.raises(FetchFailed, match="at most 4,999"):
            fetcher(max_bytes=9_999).get(web.url, max_bytes=4_999)


@pytest.mark.parametrize("dress", [{}, {"chunked": True}, {"gzip": True}, {"gzip": True, "chunked": True}])
def test_an_answer_that_breaks_off_is_asked_for_again_and_never_taken_for_whole(dress: dict[str, bool]) -> None:
    text = "The ferry runs again. " * 9
    with serving() as web:
        web.answers["/"] = [Answer(text, cut=12, **dress), Answer(text, **dress)]
        assert fetcher(obey_robots=False).get(web.url).body.decode() == text
        assert web.paths() == ["/", "/"]
        web.answers["/"] = Answer(text, cut=12, **dress)
        error = failure(web)
    assert error.passing
    assert "broke off" in str(error) or "broken" in str(error)


def test_a_packed_answer_without_its_end_is_not_taken_for_whole() -> None:
    with serving() as web:
        web.answers["/"] = Answer(PACKINGS["gzip"][:-9], headers={"Content-Encoding": "gzip"})
        assert "ends before its end" in str(failure(web))
        web.answers["/"] = Answer(b"no gzip at all", headers={"Content-Encoding": "gzip"})
        assert "cannot be unpacked" in str(failure(web))


SLOW = {
    "silent": Answer("x", wait=9),
    "a byte of the body now and then": Answer("x" * 999, drip=0.05),
    "a byte of the headers now and then": Answer("x", headers={"X-Long": "y" * 999}, head_drip=0.05),
    "a byte of the chunks now and then": Answer("x" * 999, chunked=True, drip=0.05),
    "without an end": Answer("x", endless=True, drip=0.02),
}


@pytest.mark.parametrize("manner", SLOW)
def test_a_slow_answer_takes_no_longer_than_the_whole_time(manner: str) -> None:
    with serving() as web:
        web.answers["/"] = SLOW[manner]
        began = time.monotonic()
        error = failure(web, timeout=0.3, tries=1)
        assert 0.25 < time.monotonic() - began < 3
    assert "did not come within 0.3 seconds" in str(error)
    assert error.passing


def test_a_body_without_a_length_that_is_hung_up_on_is_not_taken_for_whole() -> None:
    with serving() as web:
        web.answers["/"] = Answer("x" * 999, drip=0.02, headers={"Content-Length": ""})
        assert failure(web, timeout=0.3, tries=1).passing


def test_a_server_that_stumbles_is_asked_again_with_growing_pauses() -> None:
    hours = Hours()
    with serving() as web:
        web.answers["/"] = [Answer(status=503), Answer(status=500), Answer(hang_up=True), Answer("here")]
        assert fetcher(hours, tries=4, backoff=2, obey_robots=False).get(web.url).body == b"here"
    assert hours.slept == [2, 4, 8]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_after_the_last_try_the_failure_may_still_pass(status: int) -> None:
    with serving() as web:
        web.answers["/"] = Answer(status=status)
        error = failure(web, tries=3)
        assert (error.status, error.passing, len(web.calls)) == (status, True, 3)
    assert f"{web.url}/: answered {status}: " in str(error)


@pytest.mark.parametrize(
    ("status", "said"), [(404, "nothing at this address"), (410, "for good"), (403, "user agent"), (204, "")]
)
def test_what_is_not_there_is_asked_for_once(status: int, said: str) -> None:
    with serving() as web:
        web.answers["/"] = Answer(status=status)
        error = failure(web)
        assert (error.status, error.passing, len(web.calls)) == (status, False, 1)
    assert said in str(error)


@pytest.mark.parametrize("asked_for", ["17", format_datetime(NOON.replace(second=17), usegmt=True)])
def test_the_pause_that_a_server_asks_for_is_kept(asked_for: str) -> None:
    hours = Hours()
    with serving() as web:
        web.answers["/"] = [Answer(status=429, headers={"Retry-After": asked_for}), Answer("here")]
        assert fetcher(hours, obey_robots=False).get(web.url).body == b"here"
    assert hours.slept == [17]


def test_a_server_that_asks_for_an_hour_is_left_alone_for_an_hour() -> None:
    hours = Hours()
    asked = fetcher(hours, obey_robots=False)
    with serving() as web:
        web.answers["/"] = Answer(status=503, headers={"Retry-After": "3600"})
        web.answers["/other"] = Answer("other")
        for path in ("/", "/other"):
            with pytest.raises(FetchFailed, match=r"left alone for (another )?3,600 seconds") as failed:
                asked.get(web.url + path)
            assert failed.value.passing
        assert (web.paths(), hours.slept) == (["/"], [])
        hours.now += 3_590
        assert asked.get(web.url + "/other").body == b"other"
    assert hours.slept == [10]


@pytest.mark.parametrize(
    "asked_for", ["soon", "-5", "", "9" * 400, "Sat, 99 Mar 2026", "Sat, 14 Mar 1926 12:00:00 GMT"]
)
def test_a_pause_that_makes_no_sense_is_no_crash(asked_for: str) -> None:
    with serving() as web:
        web.answers["/"] = Answer(status=503, headers={"Retry-After": asked_for})
        assert failure(web).passing


def test_one_host_is_asked_with_a_pause_and_two_are_not_kept_waiting() -> None:
    hours = Hours()
    with serving() as web, serving() as other:
        web.answers["/"] = other.answers["/"] = Answer("x")
        asked = fetcher(hours, hosts={"other.example": ("127.0.0.1",)}, pause=1, obey_robots=False)
        for _ in range(3):
            asked.get(web.url)
        asked.get(f"http://other.example:{other.port}")
    assert hours.slept == [1, 1]


def test_threads_that_share_a_fetcher_take_turns() -> None:
    came: list[float] = []
    with serving() as web:
        web.answers["/"] = lambda call: came.append(time.monotonic()) or Answer("x")
        asked = fetcher(pause=0.05, obey_robots=False)
        asked._turns._clock, asked._turns._sleep = time.monotonic, time.sleep
        threads = [threading.Thread(target=asked.get, args=(web.url,)) for _ in range(4)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [moment - began >= 0.05 * number for number, moment in enumerate(sorted(came))] == [True] * 4


def test_who_waits_for_a_turn_waits_on_when_the_host_asks_to_be_left_alone_meanwhile() -> None:
    hours = Hours()

    def sleep(seconds: float) -> None:
        hours.sleep(seconds)
        if len(hours.slept) == 1:
            turns.hold("paper.example", 10)

    turns = HostTurns(lambda: hours.now, sleep)
    turns.take("paper.example", 1, 99, "a page")
    turns.take("paper.example", 1, 99, "a page")
    assert hours.slept == [1, 10]
