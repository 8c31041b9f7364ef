"""The files of a static site that hold pages, and what their places say: section, language, date, bundle."""

import os
import re
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.sources import Rejected, Skipped
from index.sources.static_site.config import SiteConfig

MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
HTML = (".html", ".htm")

NOT_CONTENT = frozenset(
    "node_modules vendor _site public themes layouts archetypes _includes _layouts _data _sass".split()
)
"""Folders without articles, where a site's content lies beside everything else."""

_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})[-_](.+)")
_NUMBER = re.compile(r"\d{1,4}")


@dataclass(frozen=True, slots=True)
class Page:
    """A file with a page."""

    path: Path
    place: str
    """Below the folder of content, without the ending: what the page is called where it has no address."""
    folders: tuple[str, ...]
    """In which it lies below that, without the one that is a bundle's own or a language's."""
    name: str
    """Its file's, or its bundle's, without a date and a language."""
    size: int
    section: str | None = None
    """The folder's path, as deep as it is one of sections and not of years or bundles."""
    date: str | None = None
    """As its file's name has it."""
    language: str | None = None
    is_bundle: bool = False
    """Whether it has a folder of its own, with its images."""
    collection: str = "posts"
    """Jekyll's: `posts` or another."""

    @property
    def is_html(self) -> bool:
        return self.path.suffix.lower() in HTML


def pages_of(site: SiteConfig) -> Iterator[Page | Rejected | Skipped]:
    """The pages of a site, a folder's files before its folders, by name; and what is none."""
    roots = [root for root, _ in site.folders]
    for root, language in site.folders:
        yield from _Walk(site, root, language, [other for other in roots if other != root]).pages()


class _Walk:
    """One way through a folder of content; links to folders are not followed, and no file outside of it is read."""

    def __init__(self, site: SiteConfig, root: Path, language: str | None, others: Collection[Path]) -> None:
        self._site = site
        self._root = root
        self._language = language
        self._others = others
        self._sections: set[tuple[str, ...]] = set()
        self._is_content_only = site.kind in ("hugo", "zola")

    def pages(self) -> Iterator[Page | Rejected | Skipped]:
        real = self._root.resolve()
        bundles: set[Path] = set()
        for where, folders, files in os.walk(self._root):
            folder = Path(where)
            folders[:] = sorted(name for name in folders if not self._is_left_out(folder, name))
            names = sorted(name for name in files if Path(name).suffix.lower() in (*MARKDOWN, *HTML))
            within_bundle = folder.parent in bundles
            is_bundle = any(_stem(name) == "index" for name in names) and folder != self._root and self._is_content_only
            if is_bundle or within_bundle:
                bundles.add(folder)
            if any(_stem(name) == "_index" for name in names):
                self._sections.add(folder.relative_to(self._root).parts)
            for name in names:
                path = folder / name
                try:
                    about = path.stat()
                    if not path.resolve().is_relative_to(real):
                        yield Rejected(str(path), ("is a link to a file outside of the site, which is not read",))
                        continue
                except OSError as error:
                    yield Rejected(str(path), (f"cannot be read: {error.strerror}",))
                    continue
                if not stat.S_ISREG(about.st_mode):
                    yield Rejected(str(path), ("expected a file, got something else of that name",))
                elif within_bundle or (is_bundle and _stem(name) != "index"):
                    yield Skipped(str(path), "resources of pages")
                elif _stem(name) == "_index" and self._is_content_only:
                    yield Skipped(str(path), "section pages")
                else:
                    yield self._page(path, about.st_size)

    def _is_left_out(self, within: Path, folder: str) -> bool:
        is_other = folder in NOT_CONTENT and not self._is_content_only
        return folder.startswith(".") or is_other or within / folder in self._others

    def _page(self, path: Path, size: int) -> Page | Skipped:
        folders = list(path.relative_to(self._root).parent.parts)
        name, language = path.stem, self._language
        if "." in name and name.rpartition(".")[2].lower() in self._site.languages:
            name, _, language = name.rpartition(".")
            language = language.lower()
        elif folders and not language and folders[0].lower() in self._site.languages:
            language = folders.pop(0).lower()
        place = path.relative_to(self._root).with_suffix("").as_posix()
        if self._language:
            place = f"{self._language}/{place}"
        if self._site.kind == "jekyll":
            return self._jekyll(path, size, place, folders)
        sections = self._section(folders, path)
        is_bundle = name == "index" and bool(folders)
        if is_bundle:
            name, place = folders.pop(), place.rpartition("/")[0]
            sections = self._section(folders, path)
        dated = _DATED.fullmatch(name)
        return Page(
            path,
            place,
            tuple(folders),
            dated[2] if dated and self._site.kind != "hugo" else name,
            size,
            "/".join(sections) or None,
            dated[1] if dated else None,
            language,
            is_bundle,
        )

    def _section(self, folders: Sequence[str], path: Path) -> list[str]:
        """Hugo's and Zola's rule: the first folder, and those below that have a page of their own."""
        if not self._is_content_only:
            return [step for step in folders if not _NUMBER.fullmatch(step) and not step.startswith("_")]
        above = path.relative_to(self._root).parts
        skipped = above.index(folders[0]) if folders else 0
        deep = list(folders[:1])
        for number in range(1, len(folders)):
            if above[: skipped + number + 1] not in self._sections:
                break
            deep.append(folders[number])
        return deep

    def _jekyll(self, path: Path, size: int, place: str, folders: list[str]) -> Page | Skipped:
        at = next((number for number, folder in enumerate(folders) if folder.startswith("_")), None)
        if at is None or (collection := folders[at][1:]) not in (*self._site.collections, "drafts"):
            return Skipped(str(path), "pages")
        if collection == "drafts":
            return Skipped(str(path), "drafts")
        dated = _DATED.fullmatch(path.stem)
        if collection == "posts" and not dated:
            return Skipped(str(path), "files in _posts without a date in their name")
        above = folders[:at]
        return Page(
            path,
            place,
            tuple(above if collection == "posts" else folders[at + 1 :]),
            dated[2] if dated else path.stem,
            size,
            "/".join(above) or (collection if collection != "posts" else None),
            dated[1] if dated else None,
            collection=collection,
        )


def _stem(name: str) -> str:
    """What a file is called without its language and ending."""
    return name.partition(".")[0]
