"""Invented newspapers' pages: the articles of an archive with the furniture that a site puts around and into them.

What is furniture is known line by line, so that it can be counted what is removed of it, and of the articles.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.article import Article


@dataclass(frozen=True, slots=True)
class FurnishedPage:
    """An article with furniture, and its lines with whether each is furniture, in order."""

    article: Article
    lines: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a site puts around one article."""

    top: Sequence[str] = ()
    middle: Sequence[str] = ()
    bottom: Sequence[str] = ()


Site = Callable[[Article, Sequence[Article], random.Random], Parts]
"""Gives the furniture of a page: of the article, among all of the archive, by chance that is always the same."""

PHOTOGRAPHERS = (
    "Orla Penhale",
    "Dai Trewin",
    "Marta Kowalik",
    "Ben Achterberg",
    "Solveig Moe",
    "Lucas Ferrand",
    "Ruth O'Dowd",
)


def furnish(articles: Sequence[Article], site: Site, host: str, seed: int = 8) -> list[FurnishedPage]:
    """Every article as a page of that site."""
    pages = []
    for article in articles:
        rng = random.Random(f"{seed} {host} {article.id}")
        parts = site(article, articles, rng)
        body = [(line, False) for line in article.text.split("\n") if line.strip()]
        if parts.middle and len(body) >= 3:
            at = rng.randrange(1, len(body) - 1)
            body[at:at] = [(line, True) for line in parts.middle]
        lines = [*((line, True) for line in parts.top), *body, *((line, True) for line in parts.bottom)]
        text = "\n\n".join(line for line, _ in lines)
        url = f"https://{host}/{article.id}"
        pages.append(FurnishedPage(replace(article, text=text, url=url), tuple(lines)))
    return pages


def _date(article: Article, form: str = "%d %B %Y") -> str:
    return article.published_at.strftime(form) if article.published_at else "1 May 2025"


def _author(article: Article) -> str:
    return article.authors[0] if article.authors else "Staff reporter"


def _titles(articles: Sequence[Article], rng: random.Random, count: int) -> list[str]:
    return [one.title for one in rng.sample(list(articles), count)]


def _section(article: Article) -> str:
    return (article.section or "news").split("/")[0].capitalize()


def packet(article: Article, articles: Sequence[Article], rng: random.Random) -> Parts:
    """A local paper: bar, byline, date, credit, a plug within, biography, more of the section, legal lines."""
    author = _author(article)
    top = [
        "Home | News | Sport | What's on | Jobs",
        article.title,
        f"By {author}",
        f"Published {_date(article)} at {rng.randrange(6, 22)}:{rng.randrange(10, 59)}",
        "Share on Facebook",
        "Share on X",
    ]
    if rng.random() < 0.7:
        top.append(f"Photo: {rng.choice(PHOTOGRAPHERS)} / The Packet")
    middle = (
        ["Enjoying this story? Get the best of the Packet in your inbox every Friday."] if rng.random() < 0.4 else []
    )
    bottom = [f"{author} has reported for the Packet since {2000 + len(author)} and lives near the old harbour."]
    if rng.random() < 0.6:
        bottom += [f"More in {_section(article)}", *_titles(articles, rng, 3)]
    bottom += [
        "Connect with us",
        "The Packet is a member of the press council and follows its code.",
        "© 2026 Packet Media Ltd. All rights reserved.",
    ]
    return Parts(top, middle, bottom)


def tamble_today(article: Article, articles: Sequence[Article], rng: random.Random) -> Parts:
    """A web-only site: breadcrumb, minutes to read, comments, related links, an appeal, cookies."""
    top = [
        f"News > {_section(article)} > {article.title}",
        f"{rng.randrange(2, 9)} min read",
        f"{rng.randrange(0, 240)} comments",
        f"Last updated {_date(article, '%B %d, %Y')}",
    ]
    middle = []
    if rng.random() < 0.5:
        middle = [f"Read more: {_titles(articles, rng, 1)[0]}"]
    elif rng.random() < 0.3:
        middle = ["Advertisement"]
    bottom = ["Related articles", *_titles(articles, rng, rng.randrange(2, 5))]
    if rng.random() < 0.15:
        bottom.append(
            "Tamble Today relies on its readers. If you value what we do, please become a member from £4 a month."
        )
    bottom += ["We use cookies to make this site work and to count visits.", "Accept all", "Manage choices"]
    return Parts(top, middle, bottom)


def blog(article: Article, _articles: Sequence[Article], rng: random.Random) -> Parts:
    """A blog's feed: little, on a part of the pages."""
    top = [f"Posted on {_date(article)} by {_author(article)}"]
    if rng.random() < 0.3:
        top.append(f"Image credit: {rng.choice(PHOTOGRAPHERS)}")
    bottom = [f"The post {article.title} appeared first on The Quay Blog."]
    if rng.random() < 0.12:
        bottom.insert(0, "If you liked this, buy me a coffee at the usual place.")
    if rng.random() < 0.08:
        bottom.insert(0, "This piece was first read out at the Rope Walk storytelling evening.")
    return Parts(top, (), bottom)


def hafenbote(article: Article, articles: Sequence[Article], rng: random.Random) -> Parts:
    """A German site around the same texts."""
    author = _author(article)
    clock = f"{rng.randrange(6, 22)}:{rng.randrange(10, 59)} Uhr"
    top = ["Startseite", "Zum Inhalt springen", f"Von {author}", f"Stand: {_date(article, '%d.%m.%Y')}, {clock}"]
    if rng.random() < 0.8:
        top.append(f"Foto: {rng.choice(PHOTOGRAPHERS)}/Hafenbote")
    middle = (
        ["Jeden Morgen das Wichtigste aus der Stadt: Hier den Newsletter bestellen."] if rng.random() < 0.25 else []
    )
    bottom = [f"{author} schreibt beim Hafenboten über Verkehr, Häfen und was sonst am Wasser geschieht."]
    bottom += ["Mehr zum Thema", *_titles(articles, rng, rng.randrange(1, 4))]
    bottom += ["Impressum", "Datenschutz", "Kontakt"]
    return Parts(top, middle, bottom)


def kurier(_article: Article, articles: Sequence[Article], rng: random.Random) -> Parts:
    """A Polish site: no word of it is known to the learning."""
    top = ["Strona główna", "Wiadomości", "Udostępnij"]
    middle = (
        ["Zapisz się, a codziennie rano przyślemy ci najważniejsze wiadomości z miasta."] if rng.random() < 0.5 else []
    )
    bottom = ["Przeczytaj również", *_titles(articles, rng, 3)] if rng.random() < 0.7 else []
    if rng.random() < 0.2:
        bottom.append("Masz dla nas temat? Napisz do redakcji albo zadzwoń, odpowiadamy każdemu.")
    bottom += ["Wszystkie teksty należą do wydawcy i bez jego zgody nie wolno ich powielać.", "Polityka prywatności"]
    return Parts(top, middle, bottom)


def gazette(article: Article, articles: Sequence[Article], rng: random.Random) -> Parts:
    """A larger paper: section footers, a sports desk's bar, a charity appeal on a part, an app, biographies by desk."""
    section, author = _section(article), _author(article)
    top = [
        f"{section} | The Gazette",
        f"{author}, {section} correspondent",
        f"{_date(article, '%a %d %b %Y')} | {rng.randrange(0, 12)} hours ago",
    ]
    if rng.random() < 0.5:
        top.append(f"Picture: {rng.choice(PHOTOGRAPHERS)} for The Gazette")
    middle = ["Story continues below"] if rng.random() < 0.3 else []
    bottom = [
        f"{author} covers {section.lower()} for the Gazette. Reach the desk at {section.lower()}@gazette.example."
    ]
    if rng.random() < 0.1:
        bottom.append(
            "The Gazette's winter appeal is raising money for the lifeboat: every pound is doubled until January."
        )
    if rng.random() < 0.5:
        bottom += [f"More from {section}", *_titles(articles, rng, 4)]
    bottom += ["Most read", *_titles(articles, rng, 5), "Download our app for alerts as it happens."]
    bottom.append("Gazette House, Fore Street | Registered in England 0114277")
    return Parts(top, middle, bottom)


def valley_voice(article: Article, articles: Sequence[Article], rng: random.Random) -> Parts:
    """A co-operative's weekly: its own words for everything, furniture that comes and goes with the season."""
    author, section = _author(article), _section(article)
    top = [f"VALLEY VOICE · {section}", f"Words: {author}"]
    if rng.random() < 0.6:
        top.append(f"Pictures: {rng.choice(PHOTOGRAPHERS)}")
    top.append(f"{_date(article, '%A %d %B')} · {rng.randrange(2, 14)} minute read")
    middle = []
    if rng.random() < 0.35:
        middle = ["You own this paper. Members get it by post, and a vote.", "Join from £2 a month"]
    bottom = []
    if rng.random() < 0.25:
        bottom.append("Harvest supper: 14 September at the Corn Hall, tickets at the counter or from any member.")
    bottom += [f"{author} is a member of the co-operative and writes from the upper valley.", "Elsewhere in the Voice"]
    bottom += [f"• {title}" for title in _titles(articles, rng, 4)]
    bottom += [
        "Found a mistake? Tell the desk and we put it right within the day.",
        "Printed on recycled paper at Cold Ashwell.",
    ]
    return Parts(top, middle, bottom)


def estuario(article: Article, articles: Sequence[Article], rng: random.Random) -> Parts:
    """A Spanish site around the same texts."""
    author = _author(article)
    top = [
        f"Portada / {_section(article)} / {article.title}",
        f"Por {author}",
        f"Actualizado el {_date(article, '%d/%m/%Y')}",
    ]
    top += ["Compartir", "Guardar"]
    if rng.random() < 0.5:
        top.append(f"Fotografía: {rng.choice(PHOTOGRAPHERS)}")
    middle = [f"Lee también: {_titles(articles, rng, 1)[0]}"] if rng.random() < 0.4 else []
    bottom = []
    if rng.random() < 0.3:
        bottom.append("Recibe cada mañana las noticias del estuario en tu correo. Suscríbete gratis.")
    bottom += [f"{author} es periodista de El Estuario y sigue la actualidad del puerto.", "Noticias relacionadas"]
    bottom += _titles(articles, rng, rng.randrange(2, 5))
    bottom += [
        "El Estuario no se hace responsable de las opiniones de sus lectores.",
        "Aviso legal | Privacidad | Quiénes somos",
    ]
    return Parts(top, middle, bottom)


DEVELOPED_ON: dict[str, Site] = {"packet": packet, "tamble-today": tamble_today, "blog": blog, "gazette": gazette}
"""What the learning was developed on."""

KEPT_ASIDE: dict[str, Site] = {
    "hafenbote": hafenbote,
    "kurier": kurier,
    "valley-voice": valley_voice,
    "estuario": estuario,
}
"""What it was only measured on."""
