"""Web pages of an invented town's paper, for tests of extraction."""

import json
from typing import Any

URL = "https://www.dunmere-gazette.example/council/2026/03/ferry-bridge"

PARAGRAPHS = (
    "The old ferry bridge at Dunmere will stay shut until the autumn, the council said on Tuesday, after divers found cracks"
    " in two of its four piers.",
    "“We would rather have people walk round by the mill than swim,” said Orla Tenbrook, who leads the council's works"
    " department, at a meeting in the corn exchange.",
    "Some four hundred people cross the bridge on an ordinary day, most of them children on their way to Saint Aldith's"
    " school and workers of the cannery on the far bank.",
    "The repair is to cost 1.2 million crowns, of which the county pays half; the rest comes out of the harbour fund, which"
    " the council had wanted to keep for the new slipway.",
    "Until then a boat of the rowing club will carry passengers between seven and nine in the morning and three and five in"
    " the afternoon, free of charge.",
)

LD = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "Ferry bridge stays shut until autumn",
    "datePublished": "2026-03-17T18:30:00+01:00",
    "dateModified": "2026-03-18T09:00:00+01:00",
    "author": [{"@type": "Person", "name": "Wim Halloran"}],
    "articleSection": "Council",
    "keywords": ["bridges", "Dunmere"],
    "description": "Divers found cracks in two piers.",
    "image": {"@type": "ImageObject", "url": "/images/bridge.jpg"},
    "inLanguage": "en-GB",
}


def ld_json(node: Any) -> str:
    """A block of JSON-LD."""
    return f'<script type="application/ld+json">{node if isinstance(node, str) else json.dumps(node)}</script>'


def body_of(*extra: str, after: int = 2) -> str:
    """The story's paragraphs, with mark-up after so many of them."""
    parts = [f"<p>{text}</p>" for text in PARAGRAPHS]
    return "\n".join((*parts[:after], *extra, *parts[after:]))


def page(
    head: str = "", body: str | None = None, title: str = "Ferry bridge stays shut until autumn | The Dunmere Gazette"
) -> bytes:
    """A whole page, with the furniture of its site."""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head>
<body class="single-post">
<header><a href="/">The Dunmere Gazette</a>
<nav><ul><li><a href="/council">Council</a></li><li><a href="/sport">Sport</a></li></ul></nav></header>
<main><article class="story"><h1>Ferry bridge stays shut until autumn</h1>
<div class="article-body">{body_of() if body is None else body}</div></article></main>
<footer><p>© 2026 The Dunmere Gazette. All rights reserved.</p><a href="/imprint">Imprint</a></footer>
</body></html>""".encode()
