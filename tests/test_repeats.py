"""The filter of repeats: what it forgets, what it shares, how often it is wrong, and what it never holds."""

import multiprocessing
import os
import signal
from datetime import date, timedelta
from mmap import mmap

import pytest

from service.clicks import repeats as module
from service.clicks.addresses import address_of
from service.clicks.repeats import BITS, HASHES, SALT_BYTES, Repeats, share_repeats, shared_repeats
from service.clicks.robots import is_prefetch, is_robot

DAY = date(2026, 3, 20)
ONE = ("203.0.113.7", "Firefox", "list", "seen", "1")


def test_what_came_before_is_known_and_what_differs_in_any_part_is_not():
    repeats = Repeats(1 << 16)
    assert not repeats.came_before(DAY, *ONE)
    assert repeats.came_before(DAY, *ONE)
    for at in range(len(ONE)):
        assert not repeats.came_before(DAY, *ONE[:at], ONE[at] + "x", *ONE[at + 1 :])
    assert not repeats.came_before(DAY, "203.0.113.7F", "irefox", *ONE[2:])


def test_a_new_day_begins_with_nothing_and_with_another_salt():
    repeats = Repeats(1 << 16)
    repeats.came_before(DAY, *ONE)
    salt = bytes(repeats._memory[module._SALT])
    assert len(salt) == SALT_BYTES
    assert any(salt)
    assert any(repeats._memory[module._START :])
    assert not repeats.came_before(DAY + timedelta(days=1), *ONE)
    assert salt not in repeats._memory[:]
    set_bits = sum(byte.bit_count() for byte in repeats._memory[module._START :])
    assert 0 < set_bits <= HASHES
    assert repeats.came_before(DAY + timedelta(days=1), *ONE)


def test_a_day_is_forgotten_where_the_system_takes_no_memory_back(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(module.mmap, "MADV_REMOVE", raising=False)
    repeats = Repeats(1 << 16)
    for number in range(500):
        repeats.came_before(DAY, str(number))
    repeats.came_before(DAY + timedelta(days=1), *ONE)
    assert sum(byte.bit_count() for byte in repeats._memory[module._START :]) <= HASHES


def test_a_request_from_just_before_midnight_does_not_forget_the_new_day():
    repeats = Repeats(1 << 16)
    tomorrow = DAY + timedelta(days=1)
    repeats.came_before(tomorrow, *ONE)
    assert repeats.came_before(DAY, *ONE)
    assert repeats.came_before(tomorrow, *ONE)
    assert not repeats.came_before(DAY - timedelta(days=30), *ONE)  # a clock that was wrong, and was set right


def test_a_salt_read_while_another_process_forgets_it_is_not_used():
    tomorrow = (DAY + timedelta(days=1)).toordinal()

    class Torn(mmap):
        """Read by one process while another one begins a day."""

        begins = True

        def __getitem__(self, at: int | slice) -> int | bytes:  # type: ignore[override]  # as bytes have it
            found = super().__getitem__(at)
            if at == module._SALT and self.begins:
                self.begins = False
                found = bytes(SALT_BYTES)
                repeats._begin(tomorrow)
            return found

    repeats = Repeats(1 << 16)
    repeats._salt(DAY.toordinal())
    repeats._memory = Torn(-1, len(repeats._memory))
    module._DAY.pack_into(repeats._memory, 0, DAY.toordinal())
    assert repeats._salt(DAY.toordinal()) == repeats._memory[module._SALT]
    assert any(repeats._memory[module._SALT])


def test_it_is_wrong_as_seldom_as_the_formula_says():
    """As full as 50 million reports make the real one: n = bits · 50e6 / 2^29, and (1 − e^(−7n/bits))^7 = 0.0058."""
    bits = 1 << 20
    count = bits * 50_000_000 // BITS
    repeats = Repeats(bits)
    wrong = sum(repeats.came_before(DAY, f"first {number}") for number in range(count))
    assert wrong < 0.004 * count
    strangers = 20_000
    taken = [bytes(repeats._memory)]
    wrong = 0
    for number in range(strangers):
        before = repeats.came_before(DAY, f"stranger {number}")
        wrong += before
        if number % 200 == 0:  # so that asking does not fill it further
            repeats._memory[:] = taken[0]
    assert 0.004 < wrong / strangers < 0.008


def test_processes_forked_later_share_it_and_a_killed_one_holds_nobody_up():
    context = multiprocessing.get_context("fork")
    repeats = Repeats(1 << 16)
    answers = context.SimpleQueue()
    for _ in range(3):
        process = context.Process(target=lambda: answers.put(repeats.came_before(DAY, *ONE)))
        process.start()
        process.join()
    assert [answers.get() for _ in range(3)] == [False, True, True]

    def die_while_a_day_begins() -> None:
        repeats._forget = lambda: os.kill(os.getpid(), signal.SIGKILL)
        repeats.came_before(DAY + timedelta(days=1), *ONE)

    process = context.Process(target=die_while_a_day_begins)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert not repeats.came_before(DAY + timedelta(days=1), *ONE)
    assert repeats.came_before(DAY + timedelta(days=1), *ONE)


def test_the_main_process_makes_one_for_its_workers_to_find(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module._Shared, "repeats", None)
    assert shared_repeats() is None
    share_repeats()
    made = shared_repeats()
    share_repeats()
    assert made is not None
    assert shared_repeats() is made


@pytest.mark.parametrize(
    "agent",
    [
        None,
        "",
        " ",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        "Mozilla/5.0 (compatible; Baiduspider/2.0)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0 Safari/537.36",
        "facebookexternalhit/1.1",
        "Twitterbot/1.0",
        "WhatsApp/2.23.20.0",
        "Slackbot-LinkExpanding 1.0",
        "curl/8.5.0",
        "python-requests/2.32",
        "Go-http-client/2.0",
        "node",
        "Java/17.0.2",
        "UptimeRobot/2.0",
        "Mozilla/5.0 (compatible; Pingdom.com_bot_version_1.4)",
        "Chrome-Lighthouse",
        "Mozilla/5.0",
    ],
)
def test_programs_are_told_by_their_names(agent: str | None):
    assert is_robot(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
        "Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile",
        "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/440.0]",
        "Opera/9.80 (J2ME/MIDP; Opera Mini/8.0) Presto/2.12 Version/12.16",
        "Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) AppleWebKit/537.36 Version/6.0 TV Safari/537.36",
        "Lynx/2.9.0",
    ],
)
def test_readers_browsers_are_no_programs(agent: str):
    assert not is_robot(agent)


def test_what_is_loaded_in_advance_says_so():
    assert is_prefetch("prefetch", None)
    assert is_prefetch(None, "Prefetch")
    assert is_prefetch("prefetch;prerender", None)
    assert not is_prefetch(None, None)
    assert not is_prefetch("", "navigate")


def test_the_address_is_the_connections_own_unless_proxies_are_trusted():
    environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 203.0.113.7 ,10.0.0.2"}
    assert address_of(environ, 0) == "10.0.0.1"
    assert address_of(environ, 1) == "10.0.0.2"
    assert address_of(environ, 2) == "203.0.113.7"
    assert address_of(environ, 4) == "10.0.0.1"
    assert address_of({}, 1) == ""
