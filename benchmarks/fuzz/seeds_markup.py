"""Small invented feeds, exports, sitemaps and pages, as whole as what is damaged must be to come far into a reader."""

import json

SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"'
)
BODY = (
    "<p>The ferry sails again after four months, the harbour office said on Monday, and nobody who had waited for it all winter "
    "could quite believe it.</p><p>Until then people went the long way around the bay, which takes an hour by bus.</p>"
    '<p>Also read: <a href="/2026/03/pier">Storm takes a piece of the pier</a></p>'
)

RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" {SPACES}><channel><title>Marrow Gazette</title><link>https://marrow.example/</link><language>en-gb</language>
<atom:link rel="next" href="https://marrow.example/feed?page=2"/>
<item><title>The ferry &amp; the bay</title><link>https://marrow.example/2026/03/ferry</link><guid isPermaLink="false">m-1</guid>
<pubDate>Sat, 14 Mar 2026 07:30:00 +0100</pubDate><dc:creator>Ada Lisle</dc:creator><category domain="section">Harbour</category>
<description>In short.</description><content:encoded><![CDATA[{BODY}]]></content:encoded>
<media:content url="/ferry.jpg" width="1200"/></item>
<item><title>Zweite Überschrift</title><link>/2026/03/pier</link><dc:date>2026-03-13T09:00:00Z</dc:date><description>x</description></item>
</channel></rss>"""

ATOM = f"""<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://marrow.example/' xml:lang='de'>
<title type='html'>Marrow &amp;lt;b&amp;gt;</title><id>tag:marrow</id><updated>2026-03-14T07:30:00Z</updated><author><name>Desk</name></author>
<entry><id>tag:marrow,1</id><title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>A <b>ferry</b></div></title>
<link rel='alternate' href='2026/ferry'/><published>2026-03-14T07:30:00Z</published><category term='h' label='Harbour'/>
<content type='html'>{BODY.replace("<", "&lt;")}</content></entry>
<at:deleted-entry xmlns:at='http://purl.org/atompub/tombstones/1.0' ref='tag:marrow,0' when='2026-03-14T07:30:00Z'/></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://marrow.example/"><title>M</title></channel>
<item rdf:about="https://marrow.example/a"><title>A</title><link>https://marrow.example/a</link><dc:date>2026-03-14</dc:date></item></rdf:RDF>"""

JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Marrow",
        "home_page_url": "https://marrow.example/",
        "authors": [{"name": "Desk"}],
        "items": [
            {"id": "1", "url": "https://marrow.example/a", "title": "A", "content_html": BODY, "tags": ["harbour"],
             "date_published": "2026-03-14T07:30:00+01:00", "image": "/a.jpg"},
            {"id": 2, "content_text": "Two", "_other": {"deep": [1, 2]}},
        ],
    }
)  # fmt: skip

WXR = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" {SPACES} xmlns:wp="http://wordpress.org/export/1.2/" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/">
<channel><title>Marrow</title><link>https://marrow.example</link><language>en-GB</language><wp:wxr_version>1.2</wp:wxr_version>
<wp:base_site_url>https://marrow.example</wp:base_site_url><wp:author><wp:author_login>ada</wp:author_login>
<wp:author_display_name><![CDATA[Ada Lisle]]></wp:author_display_name></wp:author>
<wp:category><wp:term_id>3</wp:term_id><wp:category_nicename>harbour</wp:category_nicename><wp:cat_name>Harbour</wp:cat_name></wp:category>
<item><title>The ferry</title><link>https://marrow.example/ferry/</link><dc:creator>ada</dc:creator>
<guid isPermaLink="false">https://marrow.example/?p=7</guid><content:encoded><![CDATA[<!-- wp:paragraph -->{BODY}<!-- /wp:paragraph -->
[caption id="a"]<img src="a.jpg"/> The bay[/caption]]]></content:encoded><excerpt:encoded><![CDATA[]]></excerpt:encoded>
<wp:post_id>7</wp:post_id><wp:post_date>2026-03-14 08:30:00</wp:post_date><wp:post_date_gmt>2026-03-14 07:30:00</wp:post_date_gmt>
<wp:status>publish</wp:status><wp:post_type>post</wp:post_type><category domain="category" nicename="harbour"><![CDATA[Harbour]]></category>
<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>9</wp:meta_value></wp:postmeta></item>
<item><title>Draft</title><wp:post_id>8</wp:post_id><wp:status>draft</wp:status><wp:post_type>post</wp:post_type></item>
<item><title>a.jpg</title><wp:post_id>9</wp:post_id><wp:post_type>attachment</wp:post_type>
<wp:attachment_url>https://marrow.example/a.jpg</wp:attachment_url></item></channel></rss>"""

SITEMAP = """<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://marrow.example/2026/03/ferry</loc><lastmod>2026-03-14</lastmod><news:news><news:publication><news:name>Marrow</news:name>
<news:language>en</news:language></news:publication><news:publication_date>2026-03-14T07:30:00Z</news:publication_date>
<news:title>The ferry &amp; the bay</news:title><news:keywords>bay, ferry</news:keywords></news:news>
<image:image><image:loc>https://marrow.example/a.jpg</image:loc></image:image></url>
<url><loc><![CDATA[https://marrow.example/pier?a=1&b=2]]></loc></url></urlset>"""

SITEMAP_INDEX = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>https://marrow.example/news.xml</loc>
<lastmod>2026-03-14T07:30:00Z</lastmod></sitemap><sitemap><loc>https://marrow.example/index.xml</loc></sitemap></sitemapindex>"""

ADDRESSES = """# what we wrote
https://marrow.example/2026/03/ferry
https://marrow.example/pier?a=1#top  # a note
https://www.m\u00e4rz.example/\u00fcber/?q=\u00e4
https://marrow.example/2026/03/ferry
"""

PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The ferry sails again | Marrow Gazette</title>
<link rel="canonical" href="https://marrow.example/2026/03/ferry"><meta property="og:title" content="The ferry sails again">
<meta property="article:published_time" content="2026-03-14T07:30:00Z"><meta property="og:image" content="/ferry.jpg">
<script type="application/ld+json">{{"@context": "https://schema.org", "@graph": [{{"@type": "NewsArticle", "headline": "The ferry",
"datePublished": "2026-03-14T07:30:00+01:00", "author": [{{"@type": "Person", "name": "Ada Lisle"}}], "articleSection": "Harbour",
"isAccessibleForFree": false}}, {{"@type": "BreadcrumbList", "itemListElement": [{{"position": 1, "name": "News"}}]}}]}}</script>
<style>p {{ color: red }}</style></head><body class="single"><nav><ul><li><a href="/news">News</a></li></ul></nav>
<article itemscope><h1>The ferry sails again</h1><p class="byline">By <a rel="author">Ada Lisle</a>, <time datetime="2026-03-14">today</time></p>
{BODY}<table><tr><td>One</td><td>Two</td></tr></table><ul><li>Bus</li><li>Boat</li></ul><p>The council looks at what it costs in June, and at
how it went after the summer, said Mayor Ines Vole of Marrow to those who had come.</p><aside>Related stories
<a href="/2026/03/pier">Storm takes a piece of the pier</a></aside></article><footer>All rights reserved.</footer></body></html>"""

OLD_PAGE = """<HTML><HEAD><META http-equiv=Content-Type content="text/html; charset=windows-1252"><TITLE>Caf\u00e9 Marrow</TITLE></HEAD>
<BODY bgcolor=white><TABLE width=100%><TR><TD><FONT size=2><B>Caf\u00e9 Marrow closes</B><BR><BR>It has stood for ninety years at the corner, and
those who came every morning did not want to hear of it.<P>It opens again as a bank in May.<P><A HREF=next.html>Next</FONT></TABLE></BODY>"""

MHTML = f"""From: <Saved by a browser>
Snapshot-Content-Location: https://marrow.example/2026/03/ferry
Subject: =?utf-8?Q?The=20ferry?=
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="----Part"

------Part
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable
Content-Location: https://marrow.example/2026/03/ferry

{PAGE.replace("=", "=3D")}
------Part
Content-Type: image/png
Content-Transfer-Encoding: base64

AAAA
------Part--
"""
