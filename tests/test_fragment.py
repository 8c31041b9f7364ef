"""A piece of HTML as text, links and images: what a reader would read, and nothing that an attacker could make of it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Link
from index.extraction.fragment import read_fragment

OWN = "https://www.fernhill.test/2026/03/bridge-opens"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("<p>One <b>b</b>old.\n  And <i>more</i>.", "One bold. And more."),
        ("One<br>two<br/><br>three", "One\ntwo\n\nthree"),
        ("Plain words.\n\nAnd more\nof them.", "Plain words.\n\nAnd more of them."),
        ("<p>Wrapped\n\nwords</p>", "Wrapped words"),
        ("<h2>Head</h2>body<blockquote><p>said</p></blockquote>end", "Head\n\nbody\n\nsaid\n\nend"),
        ("<ul><li>a<li><p>b</p></ul><p>c", "- a\n- b\n\nc"),
        ("<table><tr><th>Year<th>Ships</tr><tr><td>2026</td><td>12</td></tr></table>", "Year | Ships\n2026 | 12"),
        ("<pre>if x:\n    y\n\nz</pre>", "if x:\n    y\n\nz"),
        ("Q&amp;A &lt;b&gt; caf&eacute; &#8217;&nbsp;x", "Q&A <b> café ’ x"),
        ("AT&amp;amp;T", "AT&amp;T"),
        ("a < b and b > c, 5<6", "a < b and b > c, 5<6"),
        ("<![CDATA[<p>One</p>]]>", "One"),
        ("a<!-- b --><!-->c<!wrong>d<?php e ?>f", "acdf"),
        ("<p>x</p><p>cut <a href='", "x\n\ncut"),
        ('<p title="never closed>one</p><p>two</p>', "one\n\ntwo"),
        ("&#99999999999999999999999999999999999999;x&#xD800;", "\ufffdx\ufffd"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_mark_up_becomes_paragraphs(html: str, text: str) -> None:
    assert read_fragment(html).text == text


@pytest.mark.parametrize(
    "html",
    [
        "<script>if (a < b) { '<p>no</p>' }</script>",
        "<style>p { color: red }</style>",
        "<figure><img src='/i.jpg'><figcaption>no <b>no</b></figcaption></figure>",
        "<iframe src='/v'><p>no</p></iframe>",
        "<div hidden>no</div>",
        "<div style='color: red; display:none'>no<div>no</div></div>",
        "<blockquote class='twitter-tweet'><p>no</p>— no</blockquote>",
        "<form><select><option>no</select><button>no</button></form>",
        "<div class='sharedaddy'><a href='https://fernhill.test/x'>no</a></div>",
        "<SCRIPT>no</SCRIPT >",
        "<aside>no</aside>",
        "<aside><aside>no</aside>",
    ],
)
def test_what_is_not_the_article_is_left_out(html: str) -> None:
    assert read_fragment(f"<p>One.</p>{html}<p>Two.</p>", OWN).text == "One.\n\nTwo."


def test_what_is_left_out_and_never_closed_takes_nothing_else_with_it() -> None:
    assert read_fragment("<p>One.</p><aside>note<p>Two.</p>").text == "One.\n\nnote\n\nTwo."


def test_links_to_pages_are_the_editors_with_their_positions_the_sites_own_first() -> None:
    html = (
        '<p>0123456789 <a href="https://elsewhere.test/x">there</a></p><p><a href="/2026/03/storm#top">Storm</a>'
        ' and <a href="/2026/03/storm">again</a>, <a href="/plan.pdf">plan</a>, <a href="mailto:x@fernhill.test">mail</a>,'
        ' <a href="#note">note</a>, <a href="/big.JPG">image</a>, <a href="https://fernhill.test/2026/03/bridge-opens/">self</a>,'
        ' <a href="javascript:x()">js</a>, <a href="http://[bad">bad</a>, <a href="https://www.facebook.com/sharer?u=x">f</a>,'
        ' <a href="https://fernhill.test/">home</a></p>'
    )
    fragment = read_fragment(html, OWN)
    length = len(fragment.text)
    assert fragment.text.endswith("self, js, bad, f, home")
    assert fragment.links == (
        Link(url="https://www.fernhill.test/2026/03/storm", position=round(18 / length, 4)),
        Link(url="https://elsewhere.test/x", position=round(11 / length, 4)),
    )


def test_a_relative_link_without_a_base_is_no_link() -> None:
    assert read_fragment('<a href="/x">x</a> <a href="https://fernhill.test/y">y</a>').links == (
        Link(url="https://fernhill.test/y", position=round(2 / 3, 4)),
    )


ALSO = '<p><strong>Also read:</strong> <a href="/2026/03/storm">Storm Closes Harbour Bridge</a></p>'


@pytest.mark.parametrize(
    "announced",
    [
        ALSO,
        ALSO.replace("Also read:", "Related:"),
        ALSO.replace("Also read:", "Read more –"),
        '<p><a href="/2026/03/storm">See also: Storm Closes Harbour Bridge</a></p>',
        '<h3>Related stories</h3><ul><li><a href="/2026/03/storm">Storm Closes Harbour Bridge</a></li></ul>',
    ],
)
def test_an_also_read_paragraph_is_a_link_and_leaves_the_text(announced: str) -> None:
    fragment = read_fragment(f"<p>One.</p>{announced}<p>Two.</p>", OWN)
    assert fragment.text == "One.\n\nTwo."
    (link,) = fragment.links
    assert (link.url, link.title) == ("https://www.fernhill.test/2026/03/storm", "Storm Closes Harbour Bridge")
    assert link.position == round(6 / len(fragment.text), 4)


@pytest.mark.parametrize(
    "announced",
    [
        '<p>Lesen Sie auch: <a href="/b">Brücke bleibt gesperrt</a></p>',
        '<p><b>À lire aussi</b></p><ul><li><a href="/b">Le pont reste fermé</a></li></ul>',
        '<p>Leia também: <a href="/b">A ponte continua fechada</a></p>',
        '<p>You may also like: <a href="/b">The bridge stays closed</a></p>',
    ],
)
def test_it_is_announced_in_other_languages_and_words_too(announced: str) -> None:
    fragment = read_fragment(f"<p>Un.</p>{announced}<p>Due.</p>", OWN)
    assert (fragment.text, [link.url for link in fragment.links]) == ("Un.\n\nDue.", ["https://www.fernhill.test/b"])


def test_an_also_read_title_without_an_address_is_a_link_by_its_title() -> None:
    fragment = read_fragment("<p>One.</p><p>Also read: Storm Closes Harbour Bridge</p>")
    assert (fragment.text, [link.title for link in fragment.links]) == ("One.", ["Storm Closes Harbour Bridge"])


@pytest.mark.parametrize(
    "paragraph",
    [
        "Related to the storm, officials said, were eleven other closures.",
        "Read more slowly, the report holds a warning.",
        'Related: the council met on <a href="/2026/monday">Monday</a> and put off what it could not agree about.',
        "Related",
    ],
)
def test_prose_that_begins_with_the_same_words_stays(paragraph: str) -> None:
    text = read_fragment(f"<p>One.</p><p>{paragraph}</p><p>Two.</p>", OWN).text
    assert text.startswith("One.\n\nRe")
    assert text.endswith("\n\nTwo.")


@pytest.mark.parametrize(
    "ending",
    [
        f'<p>The post <a href="{OWN}">Bridge opens</a> appeared first on <a href="https://fernhill.test">Fernhill</a>.</p>',
        f'<p><a class="more-link" href="{OWN}/">Continue reading <span>Bridge opens</span> →</a></p>',
        f' <a href="{OWN}?utm_source=rss">Weiterlesen</a> »',
    ],
)
def test_what_feeds_add_below_each_article_is_left_out(ending: str) -> None:
    fragment = read_fragment(f"<p>One.</p><p>Two.</p>{ending}", OWN)
    assert (fragment.text, fragment.links) == ("One.\n\nTwo.", ())


def test_images_are_in_their_order_without_counters_and_smileys() -> None:
    html = (
        '<img src="data:image/gif;base64,R0" data-src="/one.jpg"><img src="two.jpg?a=1&amp;b=2" width=600>'
        '<img src="/pixel" width="1" height="1"><img class="wp-smiley" src="/s.png"><noscript><img src="/one.jpg"></noscript>'
        '<img srcset="/three.webp 600w, /four.webp 900w"><img src="//cdn.test/five.jpg"><img>'
    )
    assert read_fragment(html, OWN).images == (
        "https://www.fernhill.test/one.jpg",
        "https://www.fernhill.test/2026/03/two.jpg?a=1&b=2",
        "https://www.fernhill.test/three.webp",
        "https://cdn.test/five.jpg",
    )


HOSTILE = [
    "<b>|</i>",
    "<ul><li>|</ol>",
    "<p><font>|",
    '<a "|',
    "<a '\">|",
    "<!--|",
    "<!|",
    "</|",
    "<|",
    "&|",
    "&#x|",
    "&#9|9",
    "<aside>|</aside>",
    "<iframe>|</iframe",
    "<td>|",
    "<br> |",
    "\n |x",
    '<a href="/x">|</a>',
    "<img src=x.png>|",
    "<p>Related: x|</p>",
    "<a x=1 |y",
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_ten_times_as_much_takes_not_much_more_than_ten_times_as_long(pattern: str) -> None:
    """Something quadratic would take a hundred times as long; thirty leave room for a busy machine."""
    opening, closing = pattern.split("|")

    def seconds(count: int) -> float:
        html = opening * count + closing * count
        started = time.process_time()
        read_fragment(html, OWN)
        return time.process_time() - started

    small = min(seconds(400), seconds(400))
    assert seconds(4_000) < max(30 * small, 0.1)


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<a href='/x'>",
                "</a>",
                "<li>",
                "<ul>",
                "</ul>",
                "<td>",
                "<br>",
                "<aside>",
                "</aside>",
                "<pre>",
                "</pre>",
                "word ",
                "\n\n",
                "&amp;",
                "Also read: ",
                "Title Here ",
                "<!--",
                "-->",
                "<script>",
                "<",
            ]
        )
        | st.text(max_size=8)
    )
)
def test_whatever_comes_is_read(parts: list[str]) -> None:
    fragment = read_fragment("".join(parts), OWN)
    assert fragment.text == fragment.text.strip("\n ") or "<pre>" in parts
    assert all(0 <= (link.position or 0) <= 1 for link in fragment.links)
    assert "\n\n\n" not in fragment.text or "<pre>" in parts
