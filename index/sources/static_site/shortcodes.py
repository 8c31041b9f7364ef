"""What generators put between the lines of a text: shortcodes of Hugo and Zola, tags of Liquid and Nunjucks.

They leave the text, and what stands between an opening and a closing one stays. References to other pages become links that
begin with `page:`, which the reader of a site resolves.
"""

import re
from collections.abc import Callable
from urllib.parse import quote

PAGE = "page:"
"""What a link to a page by the path of its file begins with."""

_VALUE = r"""(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^\s"'`]+))"""
_REFERENCE = re.compile(rf"(?:rel)?ref\s+(?:path=)?{_VALUE}")
_FIGURE = re.compile(rf"(?:figure|image|img|picture)\b.*?\bsrc={_VALUE}", re.DOTALL)
_POST = re.compile(r"(?:post_url|link)\s+[\"']?([^\"'\s]+)")
_LITERAL = re.compile(r"[\"']([^\"'\n]*)[\"']")
_CODE = re.compile(r"-?\s*(/?|end)(highlight|comment|code)\b")


def without_shortcodes(text: str, is_hugo: bool) -> str:
    """The text of a page without them. In a Hugo site only `{{< … >}}` and `{{% … %}}` are any."""
    for start, end in (("{{<", ">}}"), ("{{%", "%}}")):
        text = _replaced(text, start, end, _hugo)
    if is_hugo:
        return text
    text = _replaced(text, "{#", "#}", lambda inner: "")
    text = _replaced(text, "{%", "%}", _tag)
    return _replaced(text, "{{", "}}", _output)


def _replaced(text: str, start: str, end: str, replacement: Callable[[str], str]) -> str:
    """The text with something else for what stands between two marks; in one pass, whatever the text."""
    parts: list[str] = []
    done = 0
    code: str | None = None
    while (at := text.find(start, done)) >= 0 and (stop := text.find(end, at + len(start))) >= 0:
        inner = text[at + len(start) : stop].strip()
        if code is None:
            parts.append(text[done:at])
        done = stop + len(end)
        found = _CODE.match(inner)
        if found and not found[1] and code is None and not inner.endswith("/"):
            code = found[2]
        elif found and found[1] and found[2] == code:
            code = None
        elif code is None:
            parts.append(replacement(inner))
    if code is None:
        parts.append(text[done:])
    return "".join(parts)


def _hugo(inner: str) -> str:
    if reference := _REFERENCE.match(inner):
        return PAGE + quote(_value(reference))
    if figure := _FIGURE.match(inner):
        return f"\n\n![]({_destination(_value(figure))})\n\n"
    return ""


def _value(match: re.Match[str]) -> str:
    """Of a value the form in which it was given: between quotation marks of some kind, or bare."""
    return next(filter(None, match.groups()), "").partition("#")[0]


def _tag(inner: str) -> str:
    post = _POST.match(inner.strip("-").strip())
    return PAGE + quote(post[1]) if post else ""


def _output(inner: str) -> str:
    """Of `{{ … }}` only a text that stands there as it is: `{{ "/about/" | relative_url }}`."""
    literal = _LITERAL.match(inner.strip("-").strip())
    return literal[1] if literal else ""


def _destination(address: str) -> str:
    return quote(address, safe="/%:@!$&'*+,;=~?#")
