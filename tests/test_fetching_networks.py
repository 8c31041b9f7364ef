"""Which machines may be asked: every way to write a private address is looked through, and nothing is looked up twice."""

import socket
from collections.abc import Sequence

import pytest
from fetching_helpers import Hours, fetcher
from hypothesis import given
from hypothesis import strategies as st
from web_server import Answer, serving

from index.errors import FetchFailed
from index.fetching.fetcher import Fetcher
from index.fetching.networks import refusal, resolve
from index.fetching.rules import FetchRules

PRIVATE = """127.0.0.1 127.8.9.10 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 100.127.255.255 198.18.0.1
192.0.2.5 203.0.113.1 240.0.0.1 255.255.255.255 192.88.99.1 192.0.0.8 0.1.2.3
::1 fc00::1 fd12:3456::1 fec0::1 2001:db8::1 3fff::1 100::1 2001:2::1 5f00::1 64:ff9b:1::1
::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:100.64.0.1 ::127.0.0.1 ::ffff:0:127.0.0.1
2002:7f00:1:: 2002:a00:1::1 64:ff9b::127.0.0.1 64:ff9b::10.1.2.3
2001:0:1:2:3:4:80ff:fffe 2606:4700::5efe:127.0.0.1 2606:4700::200:5efe:10.0.0.1""".split()

NEVER = """169.254.169.254 169.254.0.1 100.100.100.200 168.63.129.16 192.0.0.192 fd00:ec2::254 fe80::1 fe80::1%eth0
::ffff:169.254.169.254 64:ff9b::169.254.169.254 2002:a9fe:a9fe:: 0.0.0.0 :: 224.0.0.1 ff02::1 nonsense""".split()

PUBLIC = (
    "1.1.1.1 93.184.216.34 172.15.0.1 172.32.0.1 100.63.0.1 100.128.0.1 2606:4700::1111 64:ff9b::1.1.1.1 ::ffff:1.1.1.1"
)


@pytest.mark.parametrize("number", PRIVATE)
def test_a_private_number_is_refused_unless_private_ones_are_allowed(number: str) -> None:
    assert "not an address of the public internet" in (refusal(number, allow_private=False) or "")
    assert refusal(number, allow_private=True) is None


@pytest.mark.parametrize("number", NEVER)
def test_a_number_that_no_one_should_ask_is_refused_always(number: str) -> None:
    assert refusal(number, allow_private=False)
    assert refusal(number, allow_private=True)


@pytest.mark.parametrize("number", PUBLIC.split())
def test_a_public_number_is_not_refused(number: str) -> None:
    assert refusal(number, allow_private=False) is None


@given(st.ip_addresses(v=4))
def test_a_mapped_number_is_judged_as_the_one_that_it_carries(number: object) -> None:
    plain = refusal(str(number), allow_private=False) is None
    for form in (f"::ffff:{number}", f"64:ff9b::{number}"):
        assert (refusal(form, allow_private=False) is None) == plain


HOSTS = """127.0.0.1 127.1 127.0.1 2130706433 017700000001 0x7f000001 0x7f.1 0177.0.0.1 0300.0250.1.1 localhost LOCALHOST
[::1] [::ffff:127.0.0.1] [::ffff:7f00:1] ①②⑦.⓪.⓪.① 127.0.0.1. 127。0。0。1 user:word@127.0.0.1 0.0.0.0
169.254.169.254""".split()


@pytest.mark.parametrize("host", HOSTS)
def test_no_spelling_of_this_machine_gets_past(host: str) -> None:
    asked = Fetcher(FetchRules(pause=0, tries=1), resolver=resolve)
    with serving() as web, pytest.raises(FetchFailed) as failed:
        asked.get(f"http://{host}:{web.port}/secret")
    assert web.calls == []
    assert "not fetched: " in str(failed.value) or "no host" in str(failed.value)
    assert not failed.value.passing


@pytest.mark.parametrize("numbers", [("127.0.0.1",), ("::1",), ("93.184.216.34", "10.0.0.1"), ("::ffff:127.0.0.1",)])
def test_a_name_that_leads_to_a_private_number_is_refused_even_beside_public_ones(numbers: Sequence[str]) -> None:
    asked = fetcher(hosts={"paper.example": numbers}, allow_private=False)
    with pytest.raises(FetchFailed, match=r"not fetched: paper\.example is .*ALSOREAD_FETCH_PRIVATE, allows it"):
        asked.get("http://paper.example/")


def test_a_numeric_address_is_not_said_to_be_itself() -> None:
    asked = Fetcher(FetchRules(pause=0, tries=1), resolver=resolve)
    with pytest.raises(FetchFailed, match=r"not fetched: 127\.0\.0\.1, not an address of the public internet"):
        asked.get("http://127.0.0.1/")


def test_a_name_is_looked_up_once_and_its_number_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        looked_up.append(host)
        return ("127.0.0.1",) if looked_up.count(host) == 1 else ("10.9.9.9",)

    def no_other(host: str, *rest: object, **more: object) -> object:
        assert host == "127.0.0.1"
        return original(host, *rest, **more)

    original = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", no_other)
    with serving() as web:
        web.answers["/"] = lambda call: Answer(call.headers["host"])
        answer = fetcher(hosts=rebinding, obey_robots=False).get(f"http://paper.example:{web.port}/")
    assert answer.body.decode() == f"paper.example:{web.port}"
    assert looked_up == ["paper.example"]


def test_each_step_of_a_redirect_is_checked_anew() -> None:
    asked = fetcher(hosts={"paper.example": ("127.0.0.1",), "inside.example": ("169.254.169.254",)}, tries=1)
    with serving() as web:
        for place in ("http://169.254.169.254/latest", "http://inside.example/", "http://[fe80::1]/"):
            web.answers["/"] = Answer(status=302, headers={"Location": place})
            with pytest.raises(FetchFailed, match=r"not fetched|no host"):
                asked.get(f"http://paper.example:{web.port}/")


@pytest.mark.parametrize(
    "place", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "//", "javascript:1"]
)
def test_only_http_is_fetched_and_followed(place: str) -> None:
    with pytest.raises(FetchFailed, match=r"expected an|with a host"):
        fetcher().get(place)
    with serving() as web:
        web.answers["/"] = Answer(status=301, headers={"Location": place})
        with pytest.raises(FetchFailed):
            fetcher().get(web.url + "/")
        assert web.paths() in (["/"], ["/", "/"])


def test_a_host_that_is_not_there_is_said_and_one_that_may_come_back_is_asked_for_again() -> None:
    hours = Hours()

    def gone(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    def busy(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure")

    with pytest.raises(FetchFailed, match=r"there is no host 'paper\.example' \(Name or service not known\)") as failed:
        fetcher(hours, gone).get("http://paper.example/a")
    assert (failed.value.passing, hours.slept) == (False, [])
    with pytest.raises(FetchFailed, match="Temporary failure") as failed:
        fetcher(hours, busy, obey_robots=False).get("http://paper.example/a")
    assert failed.value.passing
