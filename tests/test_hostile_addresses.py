"""SSRF: no spelling of an address, no redirect and no answer of a name server leads to a machine that may not be asked."""

from collections.abc import Mapping, Sequence

import pytest
from web_server import serving

from index.errors import FetchFailed
from index.fetching.address import WebAddress, parse_address
from index.fetching.exchange import Answer
from index.fetching.fetcher import Fetcher
from index.fetching.networks import resolve
from index.fetching.rules import FetchRules

SPELLINGS: dict[str, str] = {
    "decimal": "http://2130706433:{port}/",
    "octal": "http://0177.0.0.1:{port}/",
    "octal without dots": "http://017700000001:{port}/",
    "hexadecimal": "http://0x7f000001:{port}/",
    "hexadecimal with dots": "http://0x7f.0x0.0x0.0x1:{port}/",
    "mixed": "http://0x7f.0.01:{port}/",
    "short": "http://127.1:{port}/",
    "nought": "http://0:{port}/",
    "nought, octal": "http://0000.0:{port}/",
    "full-width digits": "http://１２７.０.０.１:{port}/",
    "digits in circles": "http://①②⑦.⓪.⓪.①:{port}/",
    "a full stop of another script": "http://127。0。0。1:{port}/",
    "a name in full width": "http://ｌｏｃａｌｈｏｓｔ:{port}/",
    "a trailing dot": "http://localhost.:{port}/",
    "mapped": "http://[::ffff:127.0.0.1]:{port}/",
    "mapped, in hex": "http://[::ffff:7f00:1]:{port}/",
    "mapped, written out": "http://[0:0:0:0:0:ffff:7f00:0001]:{port}/",
    "compatible": "http://[::127.0.0.1]:{port}/",
    "NAT64": "http://[64:ff9b::127.0.0.1]:{port}/",
    "6to4": "http://[2002:7f00:1::]:{port}/",
    "loopback": "http://[::1]:{port}/",
    "with a zone": "http://[fe80::1%25lo]:{port}/",
    "unspecified": "http://[::]:{port}/",
    "credentials before it": "http://paper.example@127.0.0.1:{port}/",
    "credentials with a port": "http://paper.example:80@127.0.0.1:{port}/",
    "two at signs": "http://a@paper.example@127.0.0.1:{port}/",
    "a backslash": "http://paper.example\\@127.0.0.1:{port}/",
    "a fragment before it": "http://127.0.0.1:{port}#@paper.example/",
    "a question before it": "http://127.0.0.1:{port}?@paper.example/",
    "encoded": "http://%31%32%37.0.0.1:{port}/",
    "a tab within": "http://127.0.\t0.1:{port}/",
    "a line break within": "http://127.0.0.1\r\n:{port}/",
    "three slashes": "http:///127.0.0.1:{port}/",
    "no slash": "http:127.0.0.1:{port}/",
    "a scheme in capitals": "HTTP://127.0.0.1:{port}/",
}

METADATA = """http://169.254.169.254/latest/meta-data/ http://[fd00:ec2::254]/ http://2852039166/ http://0xa9fea9fe/
http://0251.0376.0251.0376/ http://[::ffff:169.254.169.254]/ http://[::ffff:a9fe:a9fe]/ http://169.254.169.254.:80/
http://100.100.100.200/ http://168.63.129.16/ http://[64:ff9b::a9fe:a9fe]/""".split()

SCHEMES = """file:///etc/passwd ftp://127.0.0.1/ gopher://127.0.0.1:6379/_FLUSHALL dict://127.0.0.1:11211/ ldap://127.0.0.1/
data:text/html,x javascript:1 jar:http://a!/b netdoc:///etc/passwd sftp://127.0.0.1 tftp://127.0.0.1 unix:///run/x.sock
view-source:http://127.0.0.1 //127.0.0.1/ /etc/passwd http+unix://x http://""".split()


def careful() -> Fetcher:
    """As it is by default, with the names of this machine."""
    return Fetcher(FetchRules(pause=0, tries=1), resolver=resolve)


@pytest.mark.parametrize("name", SPELLINGS)
def test_no_spelling_leads_to_this_machine(name: str):
    with serving() as web:
        with pytest.raises(FetchFailed) as failed:
            careful().get(SPELLINGS[name].format(port=web.port))
        assert web.calls == []
    assert not failed.value.passing


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> "Outside":
    """A paper of the public internet, which is asked in no other way than in this test."""
    made = Outside()
    monkeypatch.setattr("index.fetching.fetcher.exchange", made.exchange)
    return made


class Outside:
    """Answers every request with a redirect, and notes which machine was asked."""

    def __init__(self) -> None:
        self.location = ""
        self.asked: list[tuple[str, Sequence[str], str | None]] = []

    def exchange(self, address: WebAddress, numbers: Sequence[str], headers: Mapping[str, str], *_: object) -> Answer:
        self.asked.append((address.host, numbers, headers.get("Authorization")))
        return Answer(302, {"location": self.location}, b"")

    def resolve(self, host: str, port: int) -> Sequence[str]:
        return ("93.184.216.34",) if host == "paper.example" else resolve(host, port)

    def fetcher(self) -> Fetcher:
        return Fetcher(FetchRules(pause=0, tries=1, obey_robots=False), resolver=self.resolve)


@pytest.mark.parametrize("place", [*SPELLINGS.values(), *METADATA, *SCHEMES])
def test_no_redirect_leads_to_a_machine_that_may_not_be_asked(outside: Outside, place: str):
    outside.location = place.format(port=80)
    with pytest.raises(FetchFailed):
        outside.fetcher().get("http://user:word@paper.example/")
    assert {(host, tuple(numbers)) for host, numbers, _ in outside.asked} == {("paper.example", ("93.184.216.34",))}


@pytest.mark.parametrize("place", ["http://other.example/", "https://paper.example/", "http://paper.example:81/"])
def test_a_user_and_a_password_go_to_no_other_origin(outside: Outside, place: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outside, "resolve", lambda host, port: ("93.184.216.34",))
    outside.location = place
    with pytest.raises(FetchFailed, match="redirects"):
        outside.fetcher().get("http://user:word@paper.example/")
    assert [shown is not None for _, _, shown in outside.asked] == [True] + [False] * (len(outside.asked) - 1)
    assert len(outside.asked) > 1


@pytest.mark.parametrize("address", METADATA)
def test_the_secrets_of_a_cloud_are_not_asked_for_even_where_private_networks_may_be(address: str):
    with pytest.raises(FetchFailed, match=r"never asked|there is no host"):
        Fetcher(FetchRules(pause=0, tries=1, allow_private=True), resolver=resolve).get(address)


@pytest.mark.parametrize("address", SCHEMES)
def test_nothing_but_http_is_asked(address: str):
    with pytest.raises(FetchFailed, match="expected an"):
        careful().get(address)


def test_a_name_that_means_another_machine_each_time_is_judged_each_time(outside: Outside):
    """First public, for the check of somebody who looks twice; then this machine."""
    numbers = iter([("93.184.216.34",), ("127.0.0.1",), ("10.0.0.1",), ("::1",)])
    outside.location = "http://paper.example/again"
    asked = Fetcher(FetchRules(pause=0, tries=1, obey_robots=False), resolver=lambda host, port: next(numbers))
    with pytest.raises(FetchFailed, match=r"paper\.example is 127\.0\.0\.1"):
        asked.get("http://paper.example/")
    assert [numbers for _, numbers, _ in outside.asked] == [("93.184.216.34",)]


def test_a_redirect_cannot_write_headers(outside: Outside):
    for place in ("http://paper.example/\r\nX-Evil: 1", "http://paper.example/%0d%0aX-Evil: 1", "/\nX-Evil: 1"):
        address = parse_address("http://paper.example/").follow(place)
        assert not any(letter in address.target + address.netloc for letter in "\r\n ")
