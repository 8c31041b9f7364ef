"""Who is no reader: programs, by the name that they give, and browsers that load a page before anybody asked for it."""

import re

_NAMES = re.compile(
    # crawlers, and those who fetch a page to show a card of it
    # (Cubot makes telephones)
    r"(?<!cu)bot(?![a-z])|crawl|spider|slurp|scrap|archiver|fetch|preview|facebookexternalhit|embedly|whatsapp|validator|feed"
    # browsers without a person, and those who watch over sites
    r"|headless|phantomjs|selenium|puppeteer|playwright|lighthouse|pagespeed|gtmetrix"
    r"|monitor|pingdom|uptime|statuscake|site24x7|check_http|probe"
    # libraries and tools
    r"|curl|wget|python|aiohttp|httpx|okhttp|java/|go-http|^node|axios|undici|ruby|perl|php|libwww|http-?client|httpie"
    r"|postman|insomnia|^java|^mozilla/?[0-9.]*$",
    re.ASCII | re.IGNORECASE,
)


def is_robot(user_agent: str | None) -> bool:
    """Whether a `User-Agent` names a program rather than a reader's browser; whoever gives none is taken for one."""
    return user_agent is None or not user_agent.strip() or _NAMES.search(user_agent) is not None


def is_prefetch(*purposes: str | None) -> bool:
    """Whether any of the headers `Sec-Purpose` and `Purpose` says that a page is only being loaded in advance."""
    return any("prefetch" in purpose.lower() or "prerender" in purpose.lower() for purpose in purposes if purpose)
