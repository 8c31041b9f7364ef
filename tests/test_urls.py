"""One form for the many spellings of an address."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from index.urls import canonical_url, is_web_address


@pytest.mark.parametrize(
    "spelling",
    [
        "https://example.org/news/a?b=1&c=2",
        "http://example.org/news/a?b=1&c=2",
        "HTTPS://EXAMPLE.org/news/a?b=1&c=2",
        "https://example.org:443/news/a?b=1&c=2",
        "http://example.org:80/news/a?b=1&c=2",
        "http://example.org:443/news/a?b=1&c=2",
        "https://example.org./news/a?b=1&c=2",
        "https://user:secret@example.org/news/a?b=1&c=2",
        "https://example.org/news/a/?b=1&c=2",
        "https://example.org/news/a?c=2&b=1",
        "https://example.org/news/a?b=1&c=2#top",
        "https://example.org/news/a?b=1&c=2&utm_source=x&utm_medium=y",
        "https://example.org/news/a?fbclid=123&b=1&gclid=4&c=2&UTM_CAMPAIGN=z",
        "https://example.org/news/%61?b=1&c=2",
        " https://example.org/news/a?b=1&c=2\n",
    ],
)
def test_spellings_of_one_address_agree(spelling: str) -> None:
    assert canonical_url(spelling) == "https://example.org/news/a?b=1&c=2"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org", "http://example.org/"),
        ("https://example.org/?utm_source=x", "https://example.org"),
        ("https://example.org/é", "https://example.org/%C3%A9"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/a%2fb", "https://example.org/a%2Fb"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://[2001:DB8::1]:443/a", "http://[2001:db8::1]/a"),
        ("https://example.org//", "https://example.org"),
    ],
)
def test_these_two_agree(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other)


@pytest.mark.parametrize(
    "other",
    [
        "https://www.example.org/news/a",
        "https://example.org:8443/news/a",
        "https://example.org/News/a",
        "https://example.org/news/a/b",
        "https://example.org/news%2Fa",
        "https://example.org/news/a?page=2",
        "https://example.org/news/a?id=",
        "https://example.org/news/a.html",
        "https://example.org/news//a",
        "https://example.com/news/a",
    ],
)
def test_other_addresses_stay_apart(other: str) -> None:
    assert canonical_url(other) != canonical_url("https://example.org/news/a")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "/news/a",
        "ftp://example.org/",
        "https://",
        "https:///a",
        "https://./",
        "http://[::1",
        "https://a:b/",
    ],
)
def test_what_is_no_web_address_is_refused_and_shown(text: str) -> None:
    assert not is_web_address(text)
    with pytest.raises(ValueError, match="expected an absolute http or https address, got") as caught:
        canonical_url(text)
    assert repr(text) in str(caught.value)


characters = st.text(st.sampled_from("ab/%2F%20%;?&=#+.:@é東 \t\\'\"|[]~-_A\u200b\u00a0"), max_size=15) | st.text(
    max_size=10
)
hosts = st.sampled_from(
    ["example.org", "EXAMPLE.org.", "bücher.example", "[::1]", "a_b.example", "a..b", "-", "x" * 70]
) | st.text(max_size=8)


@given(
    scheme=st.sampled_from(["http", "HTTPS"]),
    host=hosts,
    port=st.sampled_from(["", ":", ":80", ":443", ":8080", ":0"]),
    rest=characters,
    start=st.sampled_from(["", "/", "?", "#", "//", "/;"]),
)
def test_what_counts_as_an_address_has_one_form_and_that_form_is_its_own(
    scheme: str, host: str, port: str, rest: str, start: str
) -> None:
    address = f"{scheme}://{host}{port}{start}{rest}"
    assume(is_web_address(address))
    form = canonical_url(address)
    assert canonical_url(form) == form
    assert form.startswith("https://")
