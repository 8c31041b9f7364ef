"""Words that may hold mark-up or entities, as plain words."""

import re

from index.entities import unescape

_TAG = re.compile(r"<(?:/?[a-zA-Z][^<>]*|!--(?:[^<-]|-(?!->)|<(?!!--))*+--)>")


def plain(text: str) -> str:
    """One line without tags, entities resolved; what escapes twice (`&amp;amp;`) is resolved twice, as pages mean it."""
    if "<" in text:
        text = _TAG.sub(" ", text)
    for _ in range(2):
        if "&" not in text:
            break
        text = unescape(text)
    return " ".join(text.split())


def plain_paragraphs(text: str) -> str:
    """The same with paragraphs kept: where there are line breaks, or tags that break lines."""
    text = re.sub(r"<\s*(?:br|/?p|/?div|/?li|/?h[1-6])\b[^<>]*>", "\n", text, flags=re.IGNORECASE)
    return "\n\n".join(line for part in text.split("\n") if (line := plain(part)))
