"""Lines that are on news pages and in no article: sign-ups, share bars, credits of the desk, notices of rights.

What is held here any site may say; what one site repeats on its own pages is learnt elsewhere, from its archive.
"""

import re
from collections.abc import Sequence

LONGEST = 400
"""No line of more characters is looked at."""

_NETWORKS = (
    "twitter|x|facebook|instagram|youtube|linkedin|telegram|whatsa"
    "pp|tiktok|threads|bluesky|mastodon|pinterest|flipboard|google"
    " news"
)
_SHARES = "share|tweet|pin|e-?mail|print|copy link|whatsapp|facebook|twitter|linkedin|reddit"
_COMMENTS = "comments?|kommentare?|commentaires?|comentarios?|commenti|comentários?|reacties?"
_LETTERS = "newsletters?|e-?mails?|inbox|alerts?"

_ADVERTISING = (
    r"advertisements?|advertising|ads?|sponsored(?: content| by .*)?|anzeige"
    r"|werbung|publicité|publicidad|pubblicità|publicidade|advertentie",
    r"(?:story|article) continues (?:below|after)\b.*",
    r"continue reading(?: below.*| the main story)?",
    r"scroll (?:down )?(?:for|to) .*",
    r"(?:loading|please wait)\W*",
)
_SIGNING_UP = (
    r"(?:please )?(?:click|tap) here to (?:subscribe|sign up|get|download|register|join|read|view|see|watch)\b.*",
    rf"(?:sign up|subscribe)\b.*\b(?:{_LETTERS})\b.*|(?:subscribe|sign up) (?:now|here|today)\b.*",
    r"(?:subscribe|sign up|log in|sign in|register)\W*|(?:not a )?subscriber\?.*",
    r"(?:if you )?want more\b.*\b(?:newsletters?|subscribe|follow)\b.*",
    rf"get (?:the )?(?:latest|breaking|our|more|today['’]s|daily|top|free)\b.*\b(?:{_LETTERS}|app|delivered)\b.*",
    r"get .{0,60} (?:delivered (?:to|straight|through)|in your inbox|on the go\b).*",
    r"(?:thanks|thank you) for (?:signing up|subscribing|registering|reading)\b.*|keep an eye on your inbox\b.*",
    r"there was an error processing\b.*|(?:by (?:signing up|subscribing)|you can unsubscribe)\b.*|.{0,60}\bnewsletters?",
    rf".*\b(?:subscribe to|sign up (?:for|to)) (?:our|the|my|his|her)\b.*\b(?:{_LETTERS})\b.*",
    r"(?:newsletter|jetzt|hier) (?:abonnieren|anmelden)\b.*|(?:abonnez|inscrivez)-vous\b.*|suscríbe(?:te|se)\b.*",
    r"iscriviti\b.*|(?:inscreva-se|assine)\b.*|meld je aan\b.*|schrijf je in\b.*|abonneer je\b.*",
    r"\W*(?:click here )?(?:to )?(?:get|download) (?:the|our) .{1,50} app\b.*",
)
_FOLLOWING = (
    rf"(?:please )?(?:follow|like|find|join|connect with|add|visit) .{{1,80}}\bon (?:our )?(?:{_NETWORKS})\b.{{0,120}}",
    r"connect with us|follow us\b.*|(?:folgen sie|folge) uns\b.*"
    r"|suivez[- ]nous\b.*|s[ií]guenos\b.*|seguici\b.*|siga[- ]nos\b.*",
    r"volg ons\b.*",
    rf"(?:{_SHARES})(?:\W+(?:{_SHARES}))*",
    r"share (?:this|on|via|with)\b.{0,80}|like this (?:story|article|post)\?.*|(?:diesen )?(?:artikel )?teilen\W*|partager\W*",
    r"compart(?:ir|e|ilhe|ilhar)\b.{0,40}|condividi\b.{0,40}|delen\W*",
    rf"(?:view|show|see|read|leave|post|add)? ?(?:all |a |the )?\(?\d*\)? ?(?:{_COMMENTS}) ?\(?\d*\)?\W*",
    r"(?:tell us|let us know) what you think\b.*|what do you think\?.*"
    r"|(?:have your say|join the (?:conversation|discussion))\b.{0,160}",
)
_SITE = (
    r"(?:copyright|©|ⓒ|\(c\))\s?.*|.*\ball rights reserved\b.*|alle rechte vorbehalten.*|tous droits réservés.*",
    r"(?:back )?to top|top of page|skip to .{0,40}|print(?: (?:this|article|page).*)?|(?:text )?size\W*|good news",
    r"(?:this|our) (?:site|website) uses cookies\b.*|we use cookies\b.*|accept (?:all )?cookies.*",
    r"\[(?:button|caption|gallery|embed|contact-form|vc_\w+|su_\w+)\b[^\]]*\].*",
)
_CREDITS = (
    r"\W*(?:(?:with )?(?:additional |further )?(?:reporting|writing"
    r"|research|graphics?)|editing|edited|compiled) (?:by|from) .{2,300}",
    r"\W*(?:correction|clarification) policy.*|(?:got|have|send us) a (?:news |story |confidential )?tip\b.*",
    r".{0,120}\b(?:contact|e-?mail|reach(?:ed)?)\b.{0,80}\S+@\S+.{0,160}",
    r".{0,100}\b(?:contributed|assisted) (?:to|in|with) (?:this|the) (?:report|story|article)\b.{0,100}",
    r"(?:the )?associated press contributed\b.*|(?:about )?the author"
    r"|advertise with us.*|terms (?:of|and) .{0,40}|privacy policy.*",
    r"(?:tags?|topics?|filed under|categories|category|keywords|posted (?:in|on|by)|published (?:in|on|by)|labels)\s*:.*",
    r"(?:schlagworte|etiquetas|mots[- ]clés|argomenti|trefwoorden)\s*:.*",
    r"(?:first|originally) published\b.{0,100}|(?:last )?(?:updated|modified|reviewed)\b[^.]{0,60}|published\b[^.]{0,60}",
    r"[_*~=–—-]{3,}|\W*(?:source|quelle|fuente|fonte|bron|via)\s*:\s.{2,80}",
    r"more (?:in|from|on|about) .{2,40}|(?:follow|tweet) @\w+.*|.{2,60} (?:is|are) on twitter\W*.{0,60}",
)
_READING_TIME = (
    r".{0,40}\b(?:min(?:utes?)?|minuten) (?:read|lesezeit|leestijd)"
    r"|(?:lesezeit|temps de lecture|tempo d[ei] le(?:itura|ttura)|leestijd)\b.{0,30}",
)
_BYLINES = (
    r"(?:by|von|par|por|di|door) [^.]{2,80}|(?:last )?(?:updated|published|posted|modified|created)\b[^.]{0,70}",
    r"(?:photo|image|picture|credit|foto|bild|imagen|immagine)s?\b ?(?:credit|by|via|from|courtesy)? ?[:/©].{0,160}",
    r"(?:file )?photo(?:graph)?\W*|(?:[a-zà-ÿ-]+, )?\d{1,2}\.? (?:de )?[a-zà-ÿ]+\.? (?:de )?\d{4}\b.{0,30}"
    r"|[a-z]+\.? \d{1,2}, \d{4}\b.{0,30}",
)
_ABOUT_AUTHOR = re.compile(
    r"(?:,? (?:is|was|are|has|covers|writes|reports|can|may|joined|works|contributed|served|specializes)\b|['’]s? )"
)


def _any_of(*groups: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for group in groups for pattern in group), re.IGNORECASE)


_ANYWHERE = _any_of(_ADVERTISING, _SIGNING_UP, _FOLLOWING, _SITE)
_AT_THE_END = _any_of(_CREDITS, _READING_TIME)
_AT_THE_START = _any_of(_BYLINES, _READING_TIME)

NEAR_START = 3
"""Lines from the edge of a text that count as its beginning."""
LONG = 80
"""Characters from which on a line is one of a text."""
BEHIND_CREDITS, BEHIND_AUTHOR = 2, 1
"""How many such lines, not known as furniture, may stand behind a desk's credits and behind an author's biography."""


def is_furniture(line: str, is_near_start: bool = False) -> bool:
    """Whether a line is furniture by its words, some only near the beginning of a text."""
    if len(line) > LONGEST:
        return False
    return bool(_ANYWHERE.fullmatch(line) or (is_near_start and _AT_THE_START.fullmatch(line)))


def ending(lines: Sequence[str], authors: Sequence[str] = ()) -> frozenset[int]:
    """Which lines at the end of a text are the desk's credits or one of the authors' biography, by number."""
    found: set[int] = set()
    behind = 0
    for number in range(len(lines) - 1, 0, -1):
        line = lines[number]
        if len(line) <= LONGEST and (
            _AT_THE_END.fullmatch(line) or (behind <= BEHIND_AUTHOR and _is_about(line, authors))
        ):
            found.add(number)
        elif len(line) >= LONG:
            behind += 1
            if behind > BEHIND_CREDITS:
                break
    return frozenset(found)


def _is_about(line: str, authors: Sequence[str]) -> bool:
    start = line.lstrip("—–-*_ ")
    return any(
        start.startswith(author) and (start == author or bool(_ABOUT_AUTHOR.match(start[len(author) :])))
        for author in authors
    )
