"""Redirects, passwords, encryption and robots.txt."""

from pathlib import Path

import pytest
from fetching_helpers import Hours, certificate, fetcher
from hypothesis import given
from hypothesis import strategies as st
from web_server import Answer, serving

from index.errors import FetchFailed
from index.fetching.address import parse_address, shown

BASIC = "Basic bWFyYTpzZWE6c2FsdA=="
"""mara, sea:salt"""


def to(place: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": place})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_the_answer_says_where_it_came_from(status: int) -> None:
    with serving() as web:
        web.answers |= {"/old/a": to("../neu/%C3%BC?x=1#top", status), "/neu/%C3%BC": Answer("here")}
        answer = fetcher().get(f"{web.url}/old/a")
    assert (answer.body, answer.url) == (b"here", f"{web.url}/neu/%C3%BC?x=1")


def test_a_redirect_written_in_plain_utf_8_is_followed() -> None:
    with serving() as web:
        web.answers |= {"/": to("/fähre"), "/f%C3%A4hre": Answer("here")}
        assert fetcher().get(web.url).url == f"{web.url}/f%C3%A4hre"


def test_a_circle_is_told_step_by_step() -> None:
    with serving() as web:
        web.answers |= {"/a": to("/b"), "/b": to("/a")}
        with pytest.raises(FetchFailed, match=r"in a circle: \S+/a → \S+/b → \S+/a;.* cookies") as failed:
            fetcher().get(f"{web.url}/a")
    assert not failed.value.passing


def test_so_many_redirects_are_followed_and_no_more() -> None:
    with serving() as web:
        web.answers |= {f"/{number}": to(f"/{number + 1}") for number in range(9)} | {"/9": Answer("here")}
        assert fetcher().get(f"{web.url}/4").body == b"here"
        with pytest.raises(FetchFailed, match=r"/3: redirects more than 5 times, the last time to \S+/9"):
            fetcher().get(f"{web.url}/3")


def test_a_password_goes_to_its_own_server_only_and_into_no_message() -> None:
    hosts = {"other.example": ("127.0.0.1",)}
    with serving() as web, serving() as other:
        web.answers |= {
            "/": to("/next"),
            "/next": to(f"http://x:y@other.example:{other.port}/"),
            "/no": Answer(status=401),
        }
        other.answers["/"] = Answer("here")
        address = web.url.replace("//", "//mara:sea%3Asalt@")
        answer = fetcher(hosts=hosts).get(address + "/")
        assert [call.headers.get("authorization") for call in web.calls if "robots" not in call.path] == [BASIC, BASIC]
        assert [call.headers.get("authorization") for call in other.calls] == [None, None]
        assert answer.url == f"http://other.example:{other.port}/"
        with pytest.raises(FetchFailed, match="a user and a password") as failed:
            fetcher().get(address + "/no")
    assert "salt" not in str(failed.value)
    assert "mara" not in str(failed.value)


@given(
    st.sampled_from(["http", "https", "ftp", "", "x y"]),
    st.text(st.characters(exclude_characters="/?#\\"), max_size=9),
    st.sampled_from(["paper.example", "[::1", "", "a b", "127.0.0.1:99999999"]),
    st.text(max_size=20),
)
def test_no_message_ever_holds_a_password(scheme: str, user: str, host: str, rest: str) -> None:
    address = f"{scheme}://{user}:SeCrEt@{host}/{rest}"
    try:
        parsed = parse_address(address)
        said = f"{parsed.url} {parsed!r} {parsed.target} {parsed.host}"
    except FetchFailed as error:
        said = str(error)
    assert "SeCrEt" not in said + shown(address)


def test_over_https_the_certificate_must_hold_and_name_the_host(tmp_path: Path) -> None:
    server, trusting = certificate(tmp_path, "paper.example", "127.0.0.2")
    hosts = dict.fromkeys(("paper.example", "other.example"), ("127.0.0.1",))
    with serving(server) as web:
        web.answers["/"] = lambda call: Answer(call.headers["host"])
        good, bad = (f"https://{name}:{web.port}/" for name in hosts)
        assert fetcher(hosts=hosts, tls=trusting).get(good).body.decode() == f"paper.example:{web.port}"
        with pytest.raises(
            FetchFailed, match=r"the certificate of other\.example does not hold: Hostname mismatch"
        ) as failed:
            fetcher(hosts=hosts, tls=trusting).get(bad)
        assert not failed.value.passing
        with pytest.raises(FetchFailed, match=r"does not hold: self.signed certificate"):
            fetcher(hosts=hosts).get(good)
        with pytest.raises(FetchFailed, match=r"127\.0\.0\.1 does not hold"):
            fetcher(tls=trusting).get(web.url)
        calls = len(web.calls)
        with pytest.raises(FetchFailed, match=r"not HTTP, or broke off|failed"):
            fetcher(obey_robots=False).get(web.url.replace("https", "http"))
        assert len(web.calls) == calls


def test_the_way_from_https_to_http_is_not_followed(tmp_path: Path) -> None:
    server, trusting = certificate(tmp_path, "127.0.0.1")
    with serving() as plain, serving(server) as web:
        web.answers["/"] = to(plain.url)
        plain.answers["/"] = to(web.url + "/safe")
        web.answers["/safe"] = Answer("here")
        with pytest.raises(FetchFailed, match="from https to http"):
            fetcher(tls=trusting).get(web.url)
        assert plain.calls == []
        assert fetcher(tls=trusting).get(plain.url).body == b"here"


ROBOTS = """
User-agent: *
Disallow: /

User-agent: alsoread  # us
Disallow: /private/
Disallow: /*?print=
Allow: /private/open
Crawl-delay: 7
Sitemap: https://paper.example/sitemap.xml
Sitemap: /news.xml
"""


def test_what_a_site_disallows_is_not_asked_for_and_the_line_is_named() -> None:
    hours = Hours()
    with serving() as web:
        web.answers |= {
            "/robots.txt": Answer(ROBOTS, type="text/plain"),
            "/a": Answer("a"),
            "/private/open": Answer("b"),
        }
        asked = fetcher(hours)
        assert asked.get(f"{web.url}/a").body == b"a"
        assert asked.get(f"{web.url}/private/open").body == b"b"
        for path, line in (("/private/x", 6), ("/a?print=1", 7)):
            with pytest.raises(
                FetchFailed, match=rf"robots\.txt does not let us fetch it \(line {line}: 'Disallow: "
            ) as failed:
                asked.get(web.url + path)
            assert "'User-agent: alsoread' and 'Allow: /" in str(failed.value)
            assert not failed.value.passing
        assert asked.sitemaps(web.url) == ("https://paper.example/sitemap.xml", "/news.xml")
        assert [call.path for call in web.calls] == ["/robots.txt", "/a", "/private/open"]
        assert hours.slept == [7]
        with pytest.raises(FetchFailed, match=r"\(line 3: 'Disallow: /'\)"):
            fetcher(user_agent="another/1").get(f"{web.url}/a")
        assert fetcher(user_agent="another/1", obey_robots=False).get(f"{web.url}/a").body == b"a"


def test_a_redirect_to_what_is_disallowed_is_not_followed() -> None:
    with serving() as web:
        web.answers |= {"/robots.txt": Answer(ROBOTS), "/a": to("/private/x"), "/private/x": Answer("x")}
        with pytest.raises(FetchFailed, match="does not let us"):
            fetcher().get(f"{web.url}/a")
        assert web.paths() == ["/a"]


@pytest.mark.parametrize(
    "answer", [Answer(status=404), Answer(status=403), Answer(b"\xff\x00\xfe", type=""), to("/robots.txt")]
)
def test_a_site_without_rules_may_be_fetched(answer: Answer) -> None:
    with serving() as web:
        web.answers |= {"/robots.txt": answer, "/a": Answer("a")}
        assert fetcher().get(f"{web.url}/a").body == b"a"


@pytest.mark.parametrize("answer", [Answer(status=503), Answer(status=429), Answer(hang_up=True)])
def test_a_site_that_cannot_say_is_left_alone_for_now_and_asked_again_later(answer: Answer) -> None:
    hours = Hours()
    with serving() as web:
        web.answers |= {"/robots.txt": answer, "/a": Answer("a")}
        asked = fetcher(hours)
        for _ in range(2):
            with pytest.raises(FetchFailed, match=r"not asked for now: its robots\.txt could not be read") as failed:
                asked.get(f"{web.url}/a")
            assert failed.value.passing
        assert len(web.calls) == 3  # the tries of the first time
        hours.now += 61
        web.answers["/robots.txt"] = Answer("")
        assert asked.get(f"{web.url}/a").body == b"a"


def test_rules_are_kept_for_an_hour_and_come_over_a_redirect() -> None:
    hours = Hours()
    with serving() as web:
        web.answers |= {"/robots.txt": to("/rules"), "/rules": Answer(ROBOTS), "/a": Answer("a")}
        asked = fetcher(hours)
        asked.get(f"{web.url}/a")
        hours.now += 3_500
        with pytest.raises(FetchFailed, match="does not let us"):
            asked.get(f"{web.url}/private/x")
        assert web.paths() == ["/rules", "/a"]
        hours.now += 200
        asked.get(f"{web.url}/a")
        assert web.paths() == ["/rules", "/a", "/rules", "/a"]


@pytest.mark.parametrize("packed", [True, False])
def test_of_a_huge_robots_txt_the_first_part_counts(packed: bool) -> None:
    text = "User-agent: *\nDisallow: /first\n" + "# nothing\n" * 60_000 + "Disallow: /a\n"
    with serving() as web:
        web.answers |= {"/robots.txt": Answer(text, gzip=packed), "/a": Answer("a")}
        asked = fetcher()
        assert asked.get(f"{web.url}/a").body == b"a"
        with pytest.raises(FetchFailed, match="line 2"):
            asked.get(f"{web.url}/first")


@pytest.mark.parametrize("rate", ["1/" + "9" * 400, "9" * 400 + "/1", "1/1e999", "0/0", "-1/-1"])
def test_a_rate_that_is_no_number_of_this_world_ends_nothing(rate: str) -> None:
    with serving() as web:
        web.answers |= {"/robots.txt": Answer(f"User-agent: *\nRequest-rate: {rate}\n"), "/a": Answer("a")}
        asked = fetcher(Hours())
        assert [asked.get(f"{web.url}/a").body for _ in range(2)] == [b"a", b"a"]


def test_rules_that_are_made_to_take_long_do_not() -> None:
    text = "User-agent: *\nDisallow: /" + "a*" * 60 + "b\nCrawl-delay: 1e9\nRequest-rate: 0/0\n"
    hours = Hours()
    with serving() as web:
        web.answers |= {"/robots.txt": Answer(text)}
        web.answers["/" + "a" * 500] = Answer("a")
        asked = fetcher(hours)
        for _ in range(2):
            assert asked.get(f"{web.url}/{'a' * 500}").body == b"a"
    assert hours.slept == [60]
