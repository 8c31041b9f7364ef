"""Pages that are no article, and by what that is seen."""

import re

from index.errors import NotAnArticle
from index.extraction.addresses import is_front_page
from index.extraction.body import Body
from index.extraction.facts import Facts
from index.extraction.head import Head
from index.extraction.json_ld import Statement

SHORT = 250
"""Characters of text under which a page without an article's data may be anything."""
FULL_OF_LINKS = 0.6

_ERROR = re.compile(
    r"(?:error\s*)?\b(?:404|403|410|500|502|503)\b(?!\s*\w+\s*(?:people|dead|million)).{0,60}"
    r"|.{0,40}\b(?:page|article|story|content) (?:was |is |could )?"
    r"(?:not|no longer) (?:be )?(?:found|available|exists?)\b.{0,60}"
    r"|not found|.{0,20}\bpage doesn['’]t exist.{0,40}|seite nicht gefunden.{0,40}"
    r"|page (?:non trouvée|introuvable).{0,40}|página no encontrada.{0,40}"
    r"|pagina non trovata.{0,40}|página não encontrada.{0,40}|pagina niet gevonden.{0,40}"
    r"|access denied.{0,40}|forbidden|just a moment\W*|attention required.{0,40}"
    r"|are you a robot\W*|(?:please )?verify you are (?:a )?human.{0,40}"
    r"|service unavailable.{0,40}|bad gateway.{0,40}|internal server error.{0,40}",
    re.IGNORECASE,
)
_WALL = re.compile(
    r"(?:log|sign) ?in|login|anmelden|connexion|iniciar sesión|accedi|entrar|inloggen|register|subscribe", re.IGNORECASE
)
_LISTS = ("CollectionPage", "SearchResultsPage", "ProfilePage")
_LIST_CLASSES = re.compile(
    r"(?<![\w-])(?:archive|category|tag|search|search-results|author|home|blog|error404)(?![\w-])"
)
_ARTICLE_CLASSES = re.compile(r"(?<![\w-])(?:single|single-post|singular|postid-\d+|article|story)(?![\w-])")


def refuse_what_is_no_article(facts: Facts, body: Body, head: Head, said: Statement) -> None:
    """Raises `NotAnArticle`, with what was seen, for a page that is none. In doubt a page is one."""
    long = len(body.text) >= SHORT
    if not (facts.is_article and long) and len(body.text) < 4 * SHORT and _is_error(facts, head):
        raise NotAnArticle(f"expected an article, got an error page: its title is {(facts.title or head.title)[:80]!r}")
    if (
        facts.address.url
        and is_front_page(facts.address.url)
        and not (facts.is_article and long and facts.published_at)
    ):
        raise NotAnArticle("expected an article, got a front page: its address names a site and nothing in it")
    if not long and head.passwords and not facts.is_article and _WALL.search(f"{facts.title} {head.title}"):
        raise NotAnArticle("expected an article, got a page to log in: it asks for a password and has no text")
    if not facts.is_article:
        _refuse_lists(body, head, said)
    if not body.text and not (facts.is_article and facts.title):
        raise NotAnArticle("expected an article, got a page without a text and without an article's data")


def _refuse_lists(body: Body, head: Head, said: Statement) -> None:
    if any(said.of_type(*_LISTS)) and (body.linked > FULL_OF_LINKS / 2 or len(body.text) < 4 * SHORT):
        raise NotAnArticle("expected an article, got a list of articles: it says so in its JSON-LD")
    if (
        _LIST_CLASSES.search(head.classes)
        and not _ARTICLE_CLASSES.search(head.classes)
        and body.linked > FULL_OF_LINKS / 4
    ):
        raise NotAnArticle("expected an article, got a list of articles: its body is of a class for such")
    if body.linked > FULL_OF_LINKS:
        raise NotAnArticle(f"expected an article, got a list of articles: {body.linked:.0%} of its text stand in links")


def _is_error(facts: Facts, head: Head) -> bool:
    return any(_ERROR.fullmatch(title) for title in (facts.title, head.title, *head.headings) if title)
