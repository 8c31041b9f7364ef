"""Scraped text pages: the words of a news page, furniture and all, without any mark-up.

What such a page looks like: furniture, the title (often twice), an image credit, the body in paragraphs, an
"Also read" line that names another article by its title only, newsletter plugs, "About <author>", "More in <section>".
"""

import re
from collections.abc import Iterator
from pathlib import Path

from index.article import Article
from index.article_record import FieldNames, parse_article
from index.errors import InvalidArticle
from index.extraction.also_read import ALSO_READ, LONGEST_TITLE, ends_a_sentence, is_label, title_after
from index.sources import Rejected

TITLE_LENGTH = range(8, 250)

ABOUT = re.compile(r"about (?P<author>\S+(?: \S+){1,3})", re.IGNORECASE)
MORE_IN = re.compile(r"more (?:in|from) (?P<section>[\w &-]{2,40})", re.IGNORECASE)
CREDIT = re.compile(
    r"\b(?:CC[ -](?:BY|0)\b|Flickr|Getty Images|Shutterstock|Wikimedia|Unsplash|©)|^(?:photo|image)\b", re.IGNORECASE
)
FURNITURE = re.compile(
    r"connect with us|to top|good news|follow us\b.*|share (?:this|on)\b.*|subscribe\b.*|sign up\b.*|advertisement"
    r"|.*\bsubscribe to our newsletter\b.*|.*\bfollow us on (?:twitter|facebook|instagram|x)\b.*|all rights reserved.*",
    re.IGNORECASE,
)


class TextPages:
    """Reads one page, or every `.txt` page below a folder in the order of their names; a page's id is its file's name."""

    whole = True

    def __init__(self, path: Path, names: FieldNames) -> None:
        self.name = str(path)
        self.names = names
        self._root = path if path.is_dir() else path.parent
        self._paths = sorted(path.rglob("*.txt")) if path.is_dir() else [path]
        self._done = 0
        self.size: int | None = sum(page.stat().st_size for page in self._paths)

    def position(self) -> int:
        """Bytes of the pages read so far."""
        return self._done

    def __iter__(self) -> Iterator[Article | Rejected]:
        for path in self._paths:
            identifier = path.relative_to(self._root).with_suffix("").as_posix()
            try:
                raw = path.read_bytes()
                self._done += len(raw)
                yield read_page(raw.decode("utf-8-sig"), identifier)
            except UnicodeDecodeError as error:
                problem = f"expected UTF-8, got byte 0x{error.object[error.start]:02x} at byte {error.start + 1:,}"
                yield Rejected(str(path), (problem,))
            except InvalidArticle as error:
                yield Rejected(str(path), error.problems)
            except OSError as error:
                yield Rejected(str(path), (f"cannot be read: {error.strerror}",))


def read_page(page: str, identifier: str) -> Article:
    """The article on a scraped text page. Raises `InvalidArticle` when no title and no text can be found on it."""
    lines = [line.strip() for line in page.splitlines()]
    title, start = _title(lines)
    body: list[str] = []
    also_read: list[str] = []
    author = section = None
    in_body, announced = True, False
    for line in lines[start:]:
        if announced and line:
            announced = False
            if len(line) <= LONGEST_TITLE and not ends_a_sentence(line):
                also_read.append(line)
                continue
        if other := title_after(line):
            also_read.append(other)
        elif match := MORE_IN.fullmatch(line):
            section, in_body = section or match["section"].strip(), False
        elif is_label(line):
            announced = True
        elif match := ABOUT.fullmatch(line):
            author, in_body = author or match["author"], False
        elif line and in_body and line != title and not FURNITURE.fullmatch(line):
            body.append(line)
    if body and len(body[0].split()) < 25 and CREDIT.search(body[0]):
        del body[0]
    return parse_article(
        {
            "id": identifier,
            "title": title,
            "text": "\n\n".join(body),
            "section": section.lower() if section else None,
            "authors": [author] if author else [],
            "links": [{"title": other} for other in also_read],
        }
    )


def _title(lines: list[str]) -> tuple[str, int]:
    """The title and the line after its first showing: a short line that stands twice, else the first that is not furniture."""
    short = [
        (line, number)
        for number, line in enumerate(lines)
        if len(line) in TITLE_LENGTH and not FURNITURE.fullmatch(line) and not ALSO_READ.fullmatch(line)
    ]
    seen: dict[str, int] = {}
    for line, number in short:
        if line in seen:
            return line, seen[line] + 1
        seen[line] = number
    return (short[0][0], short[0][1] + 1) if short else ("", 0)
