"""What a feed says besides its words: an entry's section and its image."""

import pytest
from feed_documents import item, only, rss

from index.article import Article


@pytest.mark.parametrize(
    ("inner", "image"),
    [
        ('<media:thumbnail url="/t.jpg"/>', "/t.jpg"),
        ('<enclosure url="/e.jpg" type="image/jpeg" length="1"/>', "/e.jpg"),
        ('<enclosure url="/e.mp3" type="audio/mpeg" length="1"/><itunes:image href="/cover.png"/>', "/cover.png"),
        ("<description>&lt;img src='/in.jpg'>&lt;p>Words.</description>", "/in.jpg"),
        ('<media:group><media:content url="/g.jpg" type="image/jpeg"/></media:group>', "/g.jpg"),
    ],
)
def test_the_image_is_the_one_that_is_named_else_the_first_in_the_text(inner: str, image: str) -> None:
    assert item(inner).image_url == f"https://www.fernhill.test{image}"


def test_a_category_that_says_so_is_the_section_then_one_that_all_entries_show_to_be_then_the_address() -> None:
    named = '<category>Tide</category><category domain="/sections">World/Europe</category>'
    domain = f"<item><title>A</title><link>/x/y</link>{named}</item>"
    assert only(rss(domain)).section == "world/europe"
    many = [f"<item><title>{n}</title><link>/{n}</link><category>{'Local News' if n % 2 else 'Sport'}</category>"
            f"<category>tag {n}</category></item>" for n in range(12)]  # fmt: skip
    assert [article.section for article in rss(*many).items if isinstance(article, Article)] == [
        "sport",
        "local-news",
    ] * 6
    tags = [
        f"<item><title>{n}</title><link>/sport/rugby/2026/03/{n}</link><category>tag {n}</category></item>"
        for n in range(12)
    ]
    assert {article.section for article in rss(*tags).items if isinstance(article, Article)} == {"sport/rugby"}


@pytest.mark.parametrize(
    ("paths", "sections"),
    [
        (["/world/a", "/sport/b"], ["world", "sport"]),
        (["/news/a", "/news/b"], [None, None]),
        (["/news/a", "/sport/b"], ["news", "sport"]),
        (["/2026/03/14/a", "/article/b"], [None, None]),
        (["/a", "/b/"], [None, None]),
        (["/en/world/a", "/de/welt/b"], ["world", "welt"]),
        (["/a1b2c3/x", "/123/y"], [None, None]),
    ],
)
def test_a_section_out_of_an_address_is_a_word_and_no_date(paths: list[str], sections: list[str | None]) -> None:
    items = rss(*(f"<item><title>T</title><link>{path}</link></item>" for path in paths)).items
    assert [article.section for article in items if isinstance(article, Article)] == sections
