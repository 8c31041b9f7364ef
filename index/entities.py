"""Character references (`&amp;`, `&#8211;`) as the characters that they stand for."""

import html
import re

_LONG_NUMBER = re.compile(r"&#(?:[0-9]{30,}+|[xX][0-9a-fA-F]{30,}+);?")
"""No character has such a number, and Python raises `ValueError` for one of more than 4,300 digits."""


def unescape(text: str) -> str:
    """The text with its references resolved once, as HTML does it; a number that no character has is U+FFFD."""
    return html.unescape(_LONG_NUMBER.sub("\ufffd", text)) if "&" in text else text
