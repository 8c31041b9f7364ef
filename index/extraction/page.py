"""From the bytes of a news page to its article."""

from index.article import Article
from index.article_record import parse_article
from index.errors import InvalidArticle
from index.extraction.body import Page, read_body
from index.extraction.dates import date_in_address, date_seen
from index.extraction.decoding import decode
from index.extraction.facts import read_facts
from index.extraction.head import read_head
from index.extraction.json_ld import read_json_ld
from index.extraction.kinds import refuse_what_is_no_article
from index.extraction.tree import MAX_PAGE, leave_out_code, parse
from index.record_fields import one_line

READ_VERSION = 2
"""Goes up whenever the same page would become another article: pages that were read before are read anew then."""


def read_page(
    html: bytes,
    url: str | None = None,
    charset: str | None = None,
    identifier: str | None = None,
    otherwise: str | None = None,
) -> Article:
    """The article of a page.

    `url` is where it came from, `charset` what HTTP said of its bytes. `identifier` is the article's id where the
    publisher gave one elsewhere (in a feed, say); without it the id is the page's address, and where it has none
    either, `otherwise`. Nothing is fetched, and the same bytes give the same article. Raises `NotAnArticle` for front
    pages, lists of articles, error pages and walls, and `InvalidArticle` for a page that is too long or has no address
    and no name."""
    if len(html) > MAX_PAGE:
        raise InvalidArticle((f"expected a page of at most {MAX_PAGE:,} bytes, got {len(html):,}",))
    root = parse(decode(html, charset))
    said = read_json_ld(root)
    leave_out_code(root)
    head = read_head(root)
    facts = read_facts(said, head, url)
    page = Page((facts.title, *head.headings[:3]), facts.summary, facts.authors, facts.body)
    published_at = facts.published_at or date_in_address(facts.address.url) or date_seen(root, facts.address.url)
    body = read_body(root, page, facts.address)
    refuse_what_is_no_article(facts, body, head, said)
    return parse_article(
        {
            "id": identifier or facts.address.url or otherwise,
            "title": one_line(facts.title),
            "text": body.text,
            "url": facts.address.url,
            "summary": facts.summary,
            "section": facts.section,
            "tags": list(facts.tags),
            "authors": list(facts.authors),
            "published_at": published_at,
            "updated_at": facts.updated_at,
            "lang": facts.lang,
            "image_url": facts.image_url,
            "links": [{"url": link.url, "title": link.title, "position": link.position} for link in body.links],
            "type": facts.type,
            **({"paywalled": True} if facts.paywalled else {}),
        }
    )
