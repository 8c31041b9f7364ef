"""Lines with which newsrooms announce other articles: "Also read: …", "Lesen Sie auch …", "À lire aussi", in seven languages.

Such a line, and a list under such words, is an editor's link and no part of the text.
"""

import re

LONGEST_TITLE = 250

_SURE = (
    r"also read|read also|read more|see also|also see|related(?: (?:articles?|stories|story|posts?|coverage|reading|news))?",
    r"lesen sie (?:auch|dazu|mehr)(?: auch)?|lies auch|siehe auch|mehr zum thema",
    r"(?:à )?lire aussi|à lire(?: également)?|lire également|voir aussi|à voir aussi",
    r"lea también|lee también|leer también|lea además|te puede interesar|le puede interesar|vea también|ver también",
    r"leggi anche|leggete anche|vedi anche|potrebbe interessarti(?: anche)?",
    r"leia também|leia mais|veja também|veja mais|saiba mais|confira também|ler também",
    r"lees ook|bekijk ook|zie ook",
)
"""Words behind which a title may follow without a colon."""
_WITH_A_COLON = (
    r"read next|read(?: the)? full (?:story|article)|read(?: more)? on this|see more|more on this|up next|watch(?: this| now)?",
    r"you (?:may|might) also (?:like|enjoy|be interested in)|don['’]?t miss(?: this| out)?|must[- ]reads?|also on \S+\.\w+",
    r"recommended(?: (?:reading|stories|articles|for you))?",
    r"more (?:stories|news|reading|coverage|from [\w ]{2,30}|in [\w ]{2,30})",
    r"in case you missed it|explore more|further reading|related (?:content|links?|topics?|videos?)",
    r"lesen sie (?:weiter|hier)|auch interessant|mehr dazu|mehr lesen|das könnte sie auch interessieren|passend dazu",
    r"zum thema|weiterlesen|weitere (?:artikel|themen|nachrichten)",
    r"lire la suite|(?:lire )?sur le même (?:sujet|thème)|pour aller plus loin|articles? liés?|dans la même rubrique",
    r"leer más|también te puede interesar|más información|(?:noticias?|artículos?) relacionad[ao]s?|más sobre este tema",
    r"leggi di più|guarda anche|per approfondire|approfondisci|articoli correlati",
    r"você pode gostar|relacionad[ao]s|(?:matérias|notícias) relacionadas|ler mais",
    r"lees meer|lees verder|meer over dit onderwerp|gerelateerd(?:e artikelen)?|ook interessant",
)
"""Words behind which a title follows after a colon, or below which links stand; without either they are words of a text."""
_MARK = r"[»›▶►•*\[(>→ ]*"
_CAPITAL = r"[^\W\d_a-zß-öø-ÿа-я]"
_SURE_WORDS = "|".join(_SURE)
_WORDS = "|".join((*_SURE, *_WITH_A_COLON))

ALSO_READ = re.compile(
    rf"{_MARK}(?:(?i:{_WORDS})\s*[:–—|-]+\s*|(?i:{_SURE_WORDS})\s*(?![^\W\d_])|(?i:{_SURE_WORDS})\s*(?={_CAPITAL}))"
    r"(?P<title>[^\s:–—|-].*)"
)
"""The words, and a title: after a colon or dash, or else with a capital, a digit or a quotation mark first."""

_CLEAR = re.compile(
    rf"{_MARK}(?:(?i:{_WORDS})\s*[:–—|-]+\s*|(?i:{_SURE_WORDS})\s*(?=[\"“”„«‘]))(?P<title>[^\s:–—|-].*)"
)
_LABEL = re.compile(rf"{_MARK}(?i:{_WORDS})\s*[\])]*\s*(?:[:.…–—-]|\.\.\.|»|›|→|>)*")
_SENTENCE_END = re.compile(r"[.!?…][\"”’)\]]*$")


def title_after(line: str) -> str | None:
    """The title that a line such as `Also read: …` names; None for any other line."""
    return _title(ALSO_READ, line)


def clear_title_after(line: str) -> str | None:
    """The same for a line that holds no link though its page has links: only after a colon, a dash or a quotation mark."""
    return _title(_CLEAR, line)


def _title(pattern: re.Pattern[str], line: str) -> str | None:
    if len(line) > LONGEST_TITLE + 60:
        return None
    match = pattern.fullmatch(line)
    return match["title"].strip() if match else None


def is_label(line: str) -> bool:
    """Whether a line is nothing but the words that announce links, such as `Related stories:`."""
    return len(line) <= 60 and _LABEL.fullmatch(line) is not None


def ends_a_sentence(line: str) -> bool:
    """Whether a line ends as a sentence does and a headline does not."""
    return _SENTENCE_END.search(line) is not None
