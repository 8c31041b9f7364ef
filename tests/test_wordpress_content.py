"""What WordPress keeps in an article besides HTML: blocks, shortcodes, blank lines, embedded pages, what plug-ins add."""

import time

import pytest

from index.article import Link
from index.extraction.fragment import read_fragment
from index.sources.wordpress.content import as_html, without_furniture
from index.sources.wordpress.post import plain_title

ADDRESS = "https://pellworm.example/2026/03/lock/"


def text(content: str) -> str:
    return read_fragment(as_html(content), ADDRESS).text


def links(content: str) -> list[str | None]:
    return [link.url for link in read_fragment(as_html(content), ADDRESS).links]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("One.\n\nTwo.", "One.\n\nTwo."),
        ("One.\r\n\r\nTwo.", "One.\n\nTwo."),
        ("One,\nand on.", "One,\nand on."),
        ("<strong>One.</strong>\n\n<h2>Two</h2>\n\nThree.", "One.\n\nTwo\n\nThree."),
        ("One.\n\n<p>Two.</p>\n\nThree.", "One.\n\nTwo.\n\nThree."),
        ("One <img src='/a.jpg'\nalt=''\nwidth='3' /> goes on.", "One goes on."),
        ("<pre>a\n\n  b</pre>\n\nEnd.", "a\n\n  b\n\nEnd."),
        ("<pre>never closed\n\nOne.", "never closed\n\nOne."),
    ],
)
def test_blank_lines_are_paragraphs_where_there_are_no_blocks(content: str, expected: str) -> None:
    assert text(content) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<!-- wp:paragraph {"x":1} -->\n<p>One,\nand on.</p>\n<!-- /wp:paragraph -->', "One, and on."),
        ('<!-- wp:paragraph -->\n<p>One.</p>\n<!-- /wp:paragraph -->\n\n<!-- wp:latest-posts {"a":2} /-->', "One."),
        (
            "<!-- wp:query --><div><!-- wp:query --><p>Old</p><!-- /wp:query -->Older</div><!-- /wp:query --><p>One.</p>",
            "One.",
        ),
        ("<!-- wp:buttons --><p>Subscribe</p><p>One.</p>", "Subscribe\n\nOne."),
        ("<!-- wp:jetpack/subscriptions --><p>Stay informed</p><!-- /wp:jetpack/subscriptions --><p>One.</p>", "One."),
        ("<p>Before.</p><!--more--><p>After.</p><!--nextpage-->", "Before.\n\nAfter."),
    ],
    ids=["attributes", "without words", "within one another", "never closed", "of a plug-in", "more"],
)
def test_blocks_leave_their_words_or_none(content: str, expected: str) -> None:
    assert text(content) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('One. [gallery ids="1,2"] Two.', "One. Two."),
        ('One. [fusion_text size="3"]Two.[/fusion_text]', "One. Two."),
        ("One. [pullout]Two.[/pullout]", "One. Two."),
        ("One. [unknown_thing] Two.", "One. Two."),
        ('One. [mc4wp id="7"] Two.', "One. Two."),
        ("One. [video]https://a.example/v.mp4[/video] Two. [video src='x'] Three.", "One. Two. Three."),
        ("One. [vc_raw_html]JTNDc2NyaXB0[/vc_raw_html] Two.", "One. Two."),
        ('[caption id="a" width="3"]<img src="/a.jpg"> The lock gate.[/caption] One.', "One."),
        ("One. [[gallery]] shows it.", "One. [gallery] shows it."),
        (
            "“[The lock] was shut [sic],” she said. [then-mayor] […] [1]",
            "“[The lock] was shut [sic],” she said. [then-mayor] […] [1]",
        ),
        ("a[0] = b[1]; [/] [ x", "a[0] = b[1]; [/] [ x"),
    ],
)
def test_shortcodes_leave_and_words_in_brackets_stay(content: str, expected: str) -> None:
    assert " ".join(text(content).split()) == expected


def test_the_image_of_a_caption_is_the_articles() -> None:
    content = '[caption id="a"]<a href="/full"><img src="/a.jpg" /></a> The lock gate.[/caption] One.'
    assert read_fragment(as_html(content), ADDRESS).images == ("https://pellworm.example/a.jpg",)


@pytest.mark.parametrize(
    "content",
    [
        "One.\n\nhttps://pellworm.example/2026/02/storm/\n\nTwo.",
        "One.\n\n[embed]https://pellworm.example/2026/02/storm/[/embed]\n\nTwo.",
        '<p>One.</p>\n<!-- wp:embed {"url":"https:\\/\\/pellworm.example\\/2026\\/02\\/storm\\/"} -->\n<figure><div>\n'
        "https://pellworm.example/2026/02/storm/\n</div></figure>\n<!-- /wp:embed -->\n<p>Two.</p>",
        '<p>One.</p><figure class="wp-block-embed"><blockquote class="wp-embedded-content"><a'
        ' href="https://pellworm.example/2026/02/storm/">Storm shuts lock</a></blockquote></figure><p>Two.</p>',
    ],
    ids=["bare address", "shortcode", "block", "rendered"],
)
def test_an_embedded_page_is_a_link_that_an_editor_placed(content: str) -> None:
    assert text(content) == "One.\n\nTwo."
    assert links(content) == ["https://pellworm.example/2026/02/storm/"]


def test_an_address_within_words_stays_there() -> None:
    content = "See https://pellworm.example/2026/02/storm/ for more.\n\nTwo."
    assert text(content) == "See https://pellworm.example/2026/02/storm/ for more.\n\nTwo."


@pytest.mark.parametrize(
    "box",
    [
        '<div class="yarpp yarpp-related"><h3>More</h3><div><p>Old</p></div></div>',
        "<div id='jp-relatedposts' class='jp-relatedposts'><h3>Related</h3></div>",
        '<section data-x="1" class="entry related-posts alignwide"><ul><li><a href="/old/">Old</a></li></ul></section>',
        '<form id="mc4wp-form-1" class="mc4wp-form mc4wp-form-7"><p>Your address</p></form>',
    ],
)
def test_what_plugins_add_leaves_with_all_in_it(box: str) -> None:
    assert without_furniture(f"<p>One.</p>{box}<p>Two.</p>{box}") == "<p>One.</p><p>Two.</p>"


def test_what_only_sounds_like_a_plugin_stays() -> None:
    html = '<p class="unrelated-posts">One.</p><p>class="yarpp-related"</p><div class="crp_related">never closed <p>Two.</p>'
    fragment = read_fragment(without_furniture(html), ADDRESS)
    assert fragment.text.startswith("One.")
    assert fragment.text.endswith("Two.")


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("AT&amp;T &#8217;s <em>offer</em>", "AT&T ’s offer"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("The &lt;b&gt; tag", "The <b> tag"),
        ("The <body> of it\n all", "The <body> of it all"),
    ],
)
def test_a_title_is_plain_text_and_its_entities_are_resolved_once(title: str, expected: str) -> None:
    assert plain_title(title) == expected


HOSTILE = (
    "[gallery]|[gallery][/gallery]|[a_b |[x='|<!-- wp:query -->|<!-- wp:embed {|<div class='yarpp'>|<pre>|\n\n"
    "|\nhttps://a.example/b\n|<div |<pre>\n\n</pre>|[/caption]|[[caption]]|<a\n|<div class='yarpp'><div>"
).split("|")


@pytest.mark.parametrize("part", HOSTILE)
def test_time_grows_with_the_length_alone(part: str) -> None:
    def seconds(times: int) -> float:
        return min(once(part * times) for _ in range(3))

    def once(content: str) -> float:
        started = time.process_time()
        as_html(content)
        as_html("<!-- wp:x -->" + content)
        return time.process_time() - started

    # quadratic time would be 64 times as much; the rest is for what is too short to be measured
    assert seconds(4_000) < 32 * seconds(500) + 0.3


def test_a_link_by_number_names_its_target_by_id_too() -> None:
    from index.sources.wordpress.site_addresses import SiteAddresses

    site = SiteAddresses(["https://www.pellworm.example/", "not an address"])
    kept = site.editors_links(
        [
            Link(url="https://pellworm.example/?p=17", position=0.5),
            Link(url="https://pellworm.example/"),
            Link(url="https://pellworm.example/wp-content/a.pdf"),
            Link(url="https://elsewhere.example/"),
            Link(title="Storm shuts lock"),
        ]
    )
    assert kept == [
        {"url": "https://pellworm.example/?p=17", "id": "https://pellworm.example/?p=17", "position": 0.5},
        {"title": "Storm shuts lock"},
    ]
