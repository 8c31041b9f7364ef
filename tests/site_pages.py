"""A small town's paper on the web: its front page, its feed, its sitemap, and three articles."""

from web_server import Answer, WebServer

STORIES = {
    "ferry": ("The ferry sails again", "2026-03-02T08:00:00Z", "harbour office", "after four months of repairs"),
    "pier": ("Storm takes a piece of the pier", "2026-03-03T07:30:00Z", "coast guard", "in the night to Tuesday"),
    "school": (
        "Hill school gets its second storey",
        "2026-03-04T09:15:00Z",
        "school board",
        "by a vote of five to two",
    ),
}


def page(url: str, name: str) -> str:
    """An article's page, with the furniture of the site around it."""
    title, published, who, when = STORIES[name]
    return f"""<!doctype html><html lang="en"><head><title>{title} | The Hythe Gull</title>
<meta property="og:title" content="{title}"><meta property="og:site_name" content="The Hythe Gull">
<meta property="article:published_time" content="{published}"><meta property="article:section" content="Harbour">
<link rel="canonical" href="{url}/news/{name}"></head><body>
<nav><a href="/">Front page</a> <a href="/news">News</a> <a href="/sport">Sport</a></nav>
<article><h1>{title}</h1>
<p>{title} {when}, the {who} told the Gull on Monday, and nobody who had waited for it all winter could quite believe it.</p>
<p>Until then people had gone the long way around the bay, which takes an hour by bus and costs twice as much as it did.</p>
<p>The council looks at what it costs in June, and at how it went after the summer, said Mayor Ines Vole of Hythe.</p>
</article><footer>Printed on paper since 1911. All rights reserved.</footer></body></html>"""


def feed(url: str, *names: str, summary: str = "In short.") -> str:
    """An RSS feed of some articles, newest first."""
    items = "".join(
        f"<item><title>{STORIES[name][0]}</title><link>{url}/news/{name}</link>"
        f'<guid isPermaLink="false">gull-{name}</guid><description>{summary}</description>'
        f"<dc:date>{STORIES[name][1]}</dc:date></item>"
        for name in names
    )
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>The Hythe Gull</title><link>{url}</link>{items}</channel></rss>"
    )


def sitemap(url: str, **lastmod: str) -> str:
    """A sitemap of some articles, each with its date."""
    entries = "".join(
        f"<url><loc>{url}/news/{name}</loc><lastmod>{date}</lastmod></url>" for name, date in lastmod.items()
    )
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'


def front(head: str = "") -> Answer:
    """A front page that says this in its head."""
    return Answer(
        f"<!doctype html><html><head><title>The Hythe Gull</title>{head}</head><body><h1>The Hythe Gull</h1>"
        '<ul><li><a href="/news/ferry">Ferry</a></li><li><a href="/news/pier">Pier</a></li></ul></body></html>'
    )


def open_paper(web: WebServer) -> None:
    """Put the articles in their places."""
    for name in STORIES:
        web.answers[f"/news/{name}"] = Answer(page(web.url, name), etag=f'"{name}-1"')
