"""One record of a WordPress export as its fields, by name and whatever the name's prefix or namespace."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.entities import html5
from xml.sax.saxutils import quoteattr  # nosec B406  # it writes, and reads nothing

from lxml import etree

from index.entities import unescape

_NAMESPACES: Mapping[str, str] = {
    "wp": "http://wordpress.org/export/1.2/",
    "excerpt": "http://wordpress.org/export/1.2/excerpt/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
}
_KNOWN = re.compile(
    r"https?://(?:wordpress\.org/export/|purl\.org/rss/1\.0/modules/content/|purl\.org/dc/elements/1\.1/)"
)
_ROOT = re.compile(r"<(?:rss|rdf:RDF)(\s[^<>]{0,4000})>")
_DECLARATION = re.compile(r"""xmlns:([\w.-]{1,20})\s*=\s*["']([^"'<]{1,200})["']""")

_OPEN, _CLOSE = "<![CDATA[", "</_>"
_REFERENCE = re.compile(r"&(?:#(\d{1,8}|[xX][0-9a-fA-F]{1,7});|(\w{1,31});)?")
_NO_TAG = re.compile(r"<(?![/!?a-zA-Z_])")
_LEFT_OPEN = re.compile(r"(?<!\s)\s*+</(?:wp:\w+|(?:content|excerpt):encoded|dc:creator|title|category|guid)>")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})


@dataclass(frozen=True, slots=True)
class ExportTerm:
    """A term as it stands in an item."""

    taxonomy: str
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """One record: the first filled value of each field by its local name (`content` and `excerpt` for their two
    `encoded`), the terms, and the post's further fields (`postmeta`)."""

    fields: Mapping[str, str]
    terms: tuple[ExportTerm, ...]
    meta: Mapping[str, str]

    def number(self, name: str) -> int | None:
        """A field that is a positive whole number; None where it is not."""
        return positive(self.fields.get(name))


def positive(text: str | None) -> int | None:
    """A positive whole number of at most 18 digits, or None."""
    text = (text or "").strip()
    return int(text) or None if text.isascii() and text.isdigit() and len(text) <= 18 else None


def declarations(header: str) -> str:
    """The namespaces that an export declares on its root, and those that it should."""
    root = _ROOT.search(header)
    declared = {**_NAMESPACES, **dict(_DECLARATION.findall(root[1] if root else ""))}
    declared.pop("xml", None)
    declared.pop("xmlns", None)
    return " ".join(f"xmlns:{prefix}={quoteattr(unescape(uri))}" for prefix, uri in declared.items())


def read_record(text: str, namespaces: str) -> ExportRecord:
    """The fields of one record, which need not be well-formed. No entity is expanded and nothing is loaded."""
    root = _parse(f"<_ {namespaces}>{text}{_CLOSE}")
    fields: dict[str, str] = {}
    terms: list[ExportTerm] = []
    meta: dict[str, str] = {}
    record = next((child for child in root if isinstance(child.tag, str)), None) if root is not None else None
    for child in record if record is not None and _name(record) else ():
        name = _name(child)
        if name == "category":
            taxonomy = child.get("domain") or "category"
            terms.append(ExportTerm(taxonomy, (child.get("nicename") or "").strip(), _text(child).strip()))
        elif name == "postmeta":
            key, value = _pair(child)
            meta.setdefault(key, value)
        elif name and not fields.get(name):
            fields[name] = _text(child) if name != "content" else _mark_up(child)
    return ExportRecord(fields, tuple(terms), meta)


def _parse(text: str) -> etree._Element | None:
    """The record as a tree: strictly where it is well-formed, else mended, and then with what can be recovered."""
    try:
        return etree.fromstring(text.encode(), _parser(recover=False))
    except etree.XMLSyntaxError:
        pass
    try:
        return etree.fromstring(_mended(text).encode(), _parser(recover=True))
    except etree.XMLSyntaxError:
        return None


def _parser(recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, recover=recover, remove_comments=True
    )


def _mended(text: str) -> str:
    """Bare ampersands and angles escaped, names of HTML characters resolved, a CDATA section that is never closed closed
    before the tag that ends its field."""
    parts: list[str] = []
    at = end = 0
    while (start := text.find(_OPEN, at)) >= 0:
        parts.append(_mended_outside(text[at:start]))
        start += len(_OPEN)
        end = text.find("]]>", start) if 0 <= end < start else end
        nested = text.find(_OPEN, start, end if end >= 0 else len(text))
        ends = (nested if nested >= 0 else len(text)) if end < 0 or nested >= 0 else start
        closing = _LEFT_OPEN.search(text, start, ends)
        stop = closing.start() if closing else end if end >= 0 else len(text) - len(_CLOSE)
        parts.append(f"{_OPEN}{text[start:stop]}]]>")
        at = stop if closing or end < 0 else end + 3
    parts.append(_mended_outside(text[at:]))
    return "".join(parts)


def _mended_outside(text: str) -> str:
    """Text between CDATA sections; an end of one that stands there alone is a writer's slip, and no word."""
    return _NO_TAG.sub("&lt;", _REFERENCE.sub(_mended_reference, text.replace("]]>", "")))


def _mended_reference(found: re.Match[str]) -> str:
    number, name = found[1], found[2]
    if name in _XML_ENTITIES:
        return found[0]
    if name and f"{name};" in html5:
        return html5[f"{name};"].replace("&", "&amp;").replace("<", "&lt;")
    if number:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        fine = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
        return found[0].replace("X", "x") if fine else ""
    return f"&amp;{found[0][1:]}"


def _name(element: etree._Element) -> str:
    """The name by which a field is kept; empty for one that is not an export's."""
    if not isinstance(element.tag, str):
        return ""
    namespace, _, local = element.tag.rpartition("}")
    prefix = element.prefix or ""
    if not namespace and ":" in local:
        prefix, _, local = local.partition(":")
    if not (_KNOWN.match(namespace[1:]) or prefix in _NAMESPACES or not (namespace or prefix)):
        return ""
    if local == "encoded":
        return "excerpt" if "excerpt" in prefix or "/excerpt" in namespace else "content"
    return local


def _text(element: etree._Element) -> str:
    return "".join(_strings(element))


def _strings(element: etree._Element) -> Iterator[str]:
    for part in element.itertext(with_tail=True) if len(element) else (element.text or "",):
        yield str(part)


def _mark_up(element: etree._Element) -> str:
    """The HTML in a field, also where it stands there as elements and not as text."""
    if not len(element):
        return element.text or ""
    inner = "".join(etree.tostring(child, encoding="unicode") for child in element)
    return f"{element.text or ''}{inner}"


def _pair(element: etree._Element) -> tuple[str, str]:
    values = {_name(child): _text(child) for child in element}
    return values.get("meta_key", "").strip(), values.get("meta_value", "")
