"""A small newspaper that runs on WordPress, as its export, its REST API and its feed hold it: three views of the same posts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Any

HOME = "https://pellworm.example"
CATEGORIES = {
    "uncategorized": (1, "Uncategorized", ""),
    "town": (2, "Town", ""),
    "council": (3, "Council &amp; Mayor", "town"),
    "sport": (4, "Sport", ""),
    "harbour": (5, "Harbour", "town"),
}
AUTHORS = {"mlund": (7, "Mia Lund"), "obrandt": (8, "Ole Brandt")}
IMAGES = {900: "/wp-content/uploads/2026/03/lock-gate.jpg"}
RENDERED_OUT = re.compile(r"<!-- /?wp:[^>]*-->\s*")


@dataclass(frozen=True)
class Story:
    """One post."""

    number: int
    title: str = "Lock gate opens again"
    content: str = "<!-- wp:paragraph -->\n<p>The lock gate opened on Tuesday.</p>\n<!-- /wp:paragraph -->"
    published: str = "2026-03-14 08:00:00"
    modified: str = "2026-03-14 09:30:00"
    status: str = "publish"
    post_type: str = "post"
    categories: tuple[str, ...] = ("council", "town")
    tags: tuple[str, ...] = ("Lock", "Tides &amp; Floods")
    author: str = "mlund"
    excerpt: str = ""
    image: int | None = None
    password: str = ""
    meta: tuple[tuple[str, str], ...] = ()
    home: str = HOME
    given_guid: str = ""

    @property
    def guid(self) -> str:
        return self.given_guid or f"{self.home}/?p={self.number}"

    @property
    def link(self) -> str:
        return f"{self.home}/2026/03/story-{self.number}/"

    @property
    def rendered(self) -> str:
        return RENDERED_OUT.sub("", self.content)


def cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def wxr_item(story: Story) -> str:
    terms = [
        f'<category domain="category" nicename="{one}">{cdata(CATEGORIES[one][1])}</category>'
        for one in story.categories
    ]
    terms += [f'<category domain="post_tag" nicename="{slug(one)}">{cdata(one)}</category>' for one in story.tags]
    meta = (*story.meta, *((("_thumbnail_id", str(story.image)),) if story.image else ()))
    metas = [
        f"<wp:postmeta><wp:meta_key>{cdata(key)}</wp:meta_key><wp:meta_value>{cdata(value)}</wp:meta_value></wp:postmeta>"
        for key, value in meta
    ]
    attachment = (
        f"<wp:attachment_url>{cdata(story.content)}</wp:attachment_url>" if story.post_type == "attachment" else ""
    )
    return f"""<item>
        <title>{cdata(story.title)}</title>
        <link>{escape(story.link)}</link>
        <pubDate>{rfc_date(story.published)}</pubDate>
        <dc:creator>{cdata(story.author)}</dc:creator>
        <guid isPermaLink="false">{escape(story.guid)}</guid>
        <description></description>
        <content:encoded>{cdata(story.content)}</content:encoded>
        <excerpt:encoded>{cdata(story.excerpt)}</excerpt:encoded>
        <wp:post_id>{story.number}</wp:post_id>
        <wp:post_date>{cdata(story.published)}</wp:post_date>
        <wp:post_date_gmt>{cdata(story.published)}</wp:post_date_gmt>
        <wp:post_modified_gmt>{cdata(story.modified)}</wp:post_modified_gmt>
        <wp:status>{cdata(story.status)}</wp:status>
        <wp:post_type>{cdata(story.post_type)}</wp:post_type>
        <wp:post_password>{cdata(story.password)}</wp:post_password>
        {attachment}{"".join(terms)}{"".join(metas)}
    </item>
"""


def wxr_head(home: str = HOME) -> str:
    authors = "".join(
        f"<wp:author><wp:author_id>{number}</wp:author_id><wp:author_login>{cdata(login)}</wp:author_login>"
        f"<wp:author_display_name>{cdata(name)}</wp:author_display_name></wp:author>\n"
        for login, (number, name) in AUTHORS.items()
    )
    categories = "".join(
        f"<wp:category><wp:term_id>{number}</wp:term_id><wp:category_nicename>{cdata(one)}</wp:category_nicename>"
        f"<wp:category_parent>{cdata(parent)}</wp:category_parent><wp:cat_name>{cdata(name)}</wp:cat_name></wp:category>\n"
        for one, (number, name, parent) in CATEGORIES.items()
    )
    return f"""<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
    xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
    <title>The Pellworm Post</title>
    <link>{home}</link>
    <language>en-GB</language>
    <wp:wxr_version>1.2</wp:wxr_version>
    <wp:base_site_url>{home}</wp:base_site_url>
    <wp:base_blog_url>{home}</wp:base_blog_url>
    {authors}{categories}
"""


def wxr(stories: Iterable[Story], home: str = HOME) -> str:
    """The export of these posts."""
    return f"{wxr_head(home)}{''.join(map(wxr_item, stories))}</channel>\n</rss>\n"


def feed(stories: Iterable[Story]) -> str:
    """The site's RSS feed of these posts."""
    items = "".join(
        f"<item><title>{escape(story.title)}</title><link>{story.link}</link><pubDate>{rfc_date(story.published)}</pubDate>"
        f"<dc:creator>{cdata(AUTHORS[story.author][1])}</dc:creator>"
        f'<guid isPermaLink="false">{escape(story.guid)}</guid>'
        f"<content:encoded>{cdata(story.rendered)}</content:encoded></item>"
        for story in stories
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>The Pellworm Post</title><link>{HOME}</link>{items}'
        "</channel></rss>"
    )


def rest_post(story: Story, embed: bool = True) -> dict[str, Any]:
    """A post as the REST API gives it."""
    protected = bool(story.password)
    value: dict[str, Any] = {
        "id": story.number,
        "date": story.published.replace(" ", "T"),
        "date_gmt": story.published.replace(" ", "T"),
        "modified_gmt": story.modified.replace(" ", "T"),
        "guid": {"rendered": story.guid.replace("&", "&#038;")},
        "link": story.link,
        "type": story.post_type,
        "title": {"rendered": story.title.replace("'", "&#8217;")},
        "content": {"rendered": "" if protected else story.rendered, "protected": protected},
        "excerpt": {
            "rendered": f"<p>{story.excerpt}</p>" if story.excerpt else "<p>The lock gate opened [&hellip;]</p>\n",
            "protected": protected,
        },
        "author": AUTHORS[story.author][0],
        "format": "standard",
        "categories": [CATEGORIES[one][0] for one in story.categories],
        "tags": [tag_number(one) for one in story.tags],
    }
    if embed:
        value["_embedded"] = {
            "author": [{"id": AUTHORS[story.author][0], "name": AUTHORS[story.author][1]}],
            "wp:term": [
                [
                    {"id": CATEGORIES[one][0], "name": CATEGORIES[one][1], "slug": one, "taxonomy": "category"}
                    for one in story.categories
                ],
                [{"id": tag_number(one), "name": one, "slug": slug(one), "taxonomy": "post_tag"} for one in story.tags],
            ],
        }
        if story.image:
            value["_embedded"]["wp:featuredmedia"] = [{"source_url": story.home + IMAGES[story.image]}]
    return value


def tag_number(name: str) -> int:
    return 1_000 + sum(name.encode())


def slug(name: str) -> str:
    return re.sub(r"\W+", "-", name.lower())


def rfc_date(written: str) -> str:
    try:
        return format_datetime(datetime.fromisoformat(f"{written}+00:00"))
    except ValueError:
        return "Wed, 30 Nov -0001 00:00:00 +0000"
