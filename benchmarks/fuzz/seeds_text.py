"""Small invented tables, lines, texts and static sites, as whole as what is damaged must be to come far into a reader."""

import json

from benchmarks.fuzz.bundle import bundled
from benchmarks.fuzz.seeds_markup import ATOM, BODY, OLD_PAGE, PAGE, RSS, SITEMAP, SITEMAP_INDEX

RECORDS = (
    {"id": "a", "title": "The ferry", "text": "It sails.\n\nAgain.", "section": "harbour", "tags": ["bay", "boat"],
     "published_at": "2026-03-14T07:30:00Z", "url": "https://marrow.example/a", "authors": ["Ada Lisle"], "sensitive": False},
    {"id": "b", "title": "Zweite Überschrift", "links": [{"url": "https://marrow.example/a", "title": "The ferry", "position": 0.5}]},
    {"guid": 3, "headline": "Third", "date": 1773475200, "extra": {"deep": [1, {"x": None}]}, "lang": "de-AT", "version_of": "b"},
)  # fmt: skip
JSON_LINES = "\n".join(json.dumps(record, ensure_ascii=False) for record in RECORDS) + "\n"

CSV = """id,title,text,tags,published_at,url,sensitive
a,The ferry,"It sails, they said.
""Again"", said Ada.","bay; boat",2026-03-14T07:30:00Z,https://marrow.example/a,no
b,Zweite Überschrift,Text,"[""x"", ""y""]",14.03.2026 08:00,,yes
c,Third,,,3/4/2026,,
d,Fourth,,,3/14/2026,,
"""
PLAIN_CSV = "sep=;\nGUID;Headline;Date\n1;One;2026-03-14\n2;Two;14/03/2026\n3;Three;\n"
TSV = "url\ttitle\tauthors\nhttps://marrow.example/a\tOne\t['Ada', 'Bo']\nhttps://marrow.example/b\tTwo\t{1}\n"

SCRAPED = """Connect with us
The ferry sails again
The ferry sails again
Photo: A. Lisle / CC BY
The ferry sails again after four months, the harbour office said on Monday.

Also read: Storm takes a piece of the pier

Subscribe to our newsletter
About Ada Lisle
More in Harbour
"""

ROBOTS = """User-agent: *
Disallow: /private/*.html$
Crawl-delay: 2.5
Request-rate: 1/5 0600-0845
User-agent: alsoread
Allow: /
Disallow: /2026/*/draft
Sitemap: https://marrow.example/sitemap.xml
"""

MARKDOWN_BODY = """
# The ferry

It *sails* [again](/2026/pier), {{< ref "pier.md" >}} {{% note %}}**today**{{% /note %}}.

| a | b |
|---|---|
| 1 | 2 |

- one
- two `x` <b>html</b> ![bay](a.jpg "t")

Also read: [Storm takes a piece of the pier]({{< relref "pier" >}})
"""

HUGO = bundled(
    {
        "hugo.toml": 'baseURL = "https://marrow.example/"\nlanguageCode = "en"\n[permalinks]\nnews = "/:year/:month/:slug/"\n'
        '[taxonomies]\ntag = "tags"\n[languages.de]\nweight = 2\n',
        "content/news/ferry.md": '+++\ntitle = "The ferry"\ndate = 2026-03-14T07:30:00+01:00\ntags = ["bay", "boat"]\n'
        f'draft = false\naliases = ["/old"]\n[params]\nx = 1\n+++\n{MARKDOWN_BODY}',
        "content/news/pier/index.md": f"---\ntitle: Pier\ndate: 2026-03-13\nauthor: &a Ada\nalso: *a\n---\n{MARKDOWN_BODY}",
        "content/news/json.md": '{"title": "J", "date": "2026-03-12", "expiryDate": "2030-01-01"}\n\nText.\n',
        "content/news/_index.md": "---\ntitle: News\n---\n",
    }
)
JEKYLL = bundled(
    {
        "_config.yml": "url: https://marrow.example\nbaseurl: /paper\npermalink: /:categories/:year/:title:output_ext\n"
        "timezone: Europe/Berlin\ncollections:\n  essays:\n    output: true\n",
        "_posts/2026-03-14-ferry.md": f"---\nlayout: post\ntitle: 'The ferry'\ncategories: [harbour]\n---\n{MARKDOWN_BODY}"
        "{% highlight ruby %}x{% endhighlight %} {{ page.title }}\n",
        "_posts/2026-03-13-pier.html": "---\ntitle: Pier\n---\n" + BODY,
        "_essays/long.md": "---\ntitle: Long\ndate: 2026-03-01 08:00:00 +0000\n---\nText\n",
    }
)
ELEVENTY = bundled(
    {
        "eleventy.config.js": "module.exports = {}",
        "posts/ferry.md": f'---json\n{{"title": "The ferry", "date": "2026-03-14", "tags": "bay"}}\n---\n{MARKDOWN_BODY}',
        "posts/pier.md": "---\ntitle: Pier\npermalink: /pier/\neleventyExcludeFromCollections: true\n---\nText\n",
    }
)
ZOLA = bundled(
    {
        "zola.toml": 'base_url = "https://marrow.example"\ndefault_language = "en"\n',
        "content/ferry.md": '+++\ntitle = "F"\ndate = 2026-03-14\n[taxonomies]\ntags = ["bay"]\n[extra]\n+++\nText\n',
    }
)
SAVED_FOLDER = bundled({"2026/ferry.html": PAGE, "old.htm": OLD_PAGE, "a.css": "p {}", "deep/er/page.xhtml": PAGE})

POST = {
    "id": 7, "guid": {"rendered": "https://marrow.example/?p=7"}, "link": "https://marrow.example/ferry/", "status": "publish",
    "date": "2026-03-14T08:30:00", "date_gmt": "2026-03-14T07:30:00", "modified_gmt": "2026-03-14T09:00:00", "type": "post",
    "title": {"rendered": "The ferry &#8211; again"}, "content": {"rendered": BODY, "protected": False}, "sticky": False,
    "excerpt": {"rendered": "<p>In short.</p>"}, "author": 2, "categories": [3], "tags": [5], "featured_media": 9, "slug": "ferry",
    "_embedded": {"author": [{"id": 2, "name": "Ada"}], "wp:term": [[{"id": 3, "name": "Harbour", "taxonomy": "category"}],
                  [{"id": 5, "name": "bay", "taxonomy": "post_tag"}]], "wp:featuredmedia": [{"source_url": "https://marrow.example/a.jpg"}]},
}  # fmt: skip
POSTS = json.dumps([POST, {**POST, "id": 8, "_embedded": {}, "guid": {"rendered": "https://marrow.example/?p=8"}}])
REST = bundled(
    {
        "/wp-json/wp/v2/posts": POSTS,
        "/wp-json/wp/v2/categories": json.dumps([{"id": 3, "slug": "harbour", "name": "Harbour", "parent": 0}]),
        "/wp-json/wp/v2/users/2": json.dumps({"id": 2, "name": "Ada"}),
        "/wp-json/wp/v2/tags/5": json.dumps({"id": 5, "name": "bay"}),
        "/wp-json/": json.dumps(
            {"name": "Marrow", "home": "https://marrow.example", "gmt_offset": 1, "namespaces": ["wp/v2"]}
        ),
        "/": '<html lang="en"><link rel="https://api.w.org/" href="https://marrow.example/wp-json/">',
    }
)
SITE = bundled(
    {
        "/robots.txt": ROBOTS,
        "/sitemap.xml": SITEMAP_INDEX,
        "/news.xml": SITEMAP,
        "/index.xml": SITEMAP_INDEX,
        "/2026/03/ferry": PAGE,
        "/": '<html><link rel="alternate" type="application/rss+xml" href="/feed"><a href="/2026/03/ferry">Ferry</a>',
        "/feed": RSS,
        "/feed?page=2": ATOM,
    }
)
