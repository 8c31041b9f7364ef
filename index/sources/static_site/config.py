"""What a static site's own configuration says: which generator makes it, under which address, in which languages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from index.errors import UnreadableSource
from index.record_fields import clean_language, shown
from index.sources.static_site.front_matter import BrokenFrontMatter, parse_json, parse_toml, parse_yaml
from index.sources.static_site.permalinks import check_pattern
from index.urls import is_web_address

Kind = Literal["hugo", "zola", "jekyll", "eleventy", "folder"]

FORMATS: Mapping[str, Callable[[str], dict[str, object]]] = {
    ".toml": parse_toml,
    ".yaml": parse_yaml,
    ".yml": parse_yaml,
    ".json": parse_json,
}

ELEVENTY = tuple(
    f"{name}{ending}" for name in (".eleventy", "eleventy.config") for ending in (".js", ".mjs", ".cjs", ".ts")
)


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """What is known of a site besides its pages."""

    kind: Kind
    folders: tuple[tuple[Path, str | None], ...]
    """Where its pages lie, and the language of each folder where one is the folder's own."""
    base_url: str | None = None
    """Where the site stands, without a slash at the end; None where it does not say."""
    language: str | None = None
    """Of pages that name none; None where the site does not say."""
    default_language: str | None = None
    """That which needs no name in files and addresses, as the site calls it."""
    languages: Mapping[str, str | None] = field(default_factory=dict)
    """Those that a file's name or a folder may name, with the address under which each stands where it has its own."""
    prefixes_default: bool = False
    """Whether pages of the default language stand under its name as well."""
    permalinks: Mapping[str, str] = field(default_factory=dict)
    """Patterns of addresses by section (Hugo) or collection (Jekyll)."""
    taxonomies: Mapping[str, str] = field(default_factory=dict)
    """The names of lists in front matter, and which of ours they are: `tags`, `categories`, `authors` or `series`."""
    zone: tzinfo = UTC
    """Of dates that name none."""
    keeps_case: bool = False
    ugly: bool = False
    """Whether pages are called `storm.html`, and not `storm/`."""
    collections: tuple[str, ...] = ("posts",)
    """Jekyll's: which folders hold articles."""


def read_site(path: Path, base_url: str | None = None) -> SiteConfig:
    """The site in a folder, or whose `content` the folder is; a folder without any configuration is a site too.

    `base_url` goes before the one that the site names. Raises `UnreadableSource` for a configuration that cannot be read.
    """
    for root in (path, path.parent) if path.name == "content" else (path,):
        for read in (_hugo_or_zola, _jekyll, _eleventy):
            if (site := read(root, base_url)) is not None:
                return site
    return SiteConfig("folder", ((path, None),), _address(base_url))


def _hugo_or_zola(root: Path, base_url: str | None) -> SiteConfig | None:
    for folder in (root, root / "config" / "_default"):
        for name in ("hugo", "config", "zola"):
            for ending in FORMATS:
                file = folder / f"{name}{ending}"
                if not file.is_file():
                    continue
                config = _load(file)
                if "base_url" in config:
                    return _zola(root, config, base_url)
                if name == "hugo" or "baseurl" in config or (root / "content").is_dir():
                    if folder != root:
                        config |= {part: _parts(folder, part) for part in ("languages", "permalinks", "taxonomies")}
                    return _hugo(root, file, config, base_url)
    return None


def _hugo(root: Path, file: Path, config: Mapping[str, object], base_url: str | None) -> SiteConfig:
    content = _inside(root, config.get("contentdir") or "content", file)
    default = _language(config.get("defaultcontentlanguage")) or "en"
    languages = {code: _lowered(about) for code, about in _lowered(config.get("languages")).items()}
    own = {
        code: _inside(root, about["contentdir"], file) for code, about in languages.items() if about.get("contentdir")
    }
    permalinks = _lowered(config.get("permalinks"))
    by_page = permalinks.get("page")
    patterns = {
        section: pattern
        for section, pattern in {**permalinks, **(by_page if isinstance(by_page, dict) else {})}.items()
        if isinstance(pattern, str)
    }
    for section, pattern in patterns.items():
        check_pattern(pattern, f"{file}: permalinks.{section:.80}")
    named = config.get("defaultcontentlanguage") or config.get("languagecode") or config.get("locale")
    return SiteConfig(
        "hugo",
        (
            *(() if languages and len(own) == len(languages) else ((content, None),)),
            *((own[code], code) for code in own),
        ),
        _address(base_url or config.get("baseurl")),
        _language(named) or (default if languages else None),
        default,
        {code: _address(about.get("baseurl")) for code, about in languages.items()},
        config.get("defaultcontentlanguageinsubdir") is True,
        patterns,
        _taxonomies(config.get("taxonomies")),
        _zone(config.get("timezone"), f"{file}: timeZone"),
        config.get("disablepathtolower") is True,
        config.get("uglyurls") is True,
    )


def _zola(root: Path, config: Mapping[str, object], base_url: str | None) -> SiteConfig:
    languages = _lowered(config.get("languages"))
    language = _language(config.get("default_language")) or "en"
    return SiteConfig(
        "zola",
        ((root / "content", None),),
        _address(base_url or config.get("base_url")),
        language,
        language,
        dict.fromkeys((language, *languages)),
    )


def _jekyll(root: Path, base_url: str | None) -> SiteConfig | None:
    for ending in FORMATS:
        file = root / f"_config{ending}"
        if file.is_file():
            break
    else:
        return None
    config = _load(file)
    address = _address(base_url or f"{config.get('url') or ''}{config.get('baseurl') or ''}")
    named = config.get("collections")
    collections = {name: _lowered(about) for name, about in _lowered(named).items()} if isinstance(named, dict) else {}
    given = {"posts": config.get("permalink"), **{name: about.get("permalink") for name, about in collections.items()}}
    patterns = {name: pattern for name, pattern in given.items() if isinstance(pattern, str)}
    for name, pattern in patterns.items():
        check_pattern(pattern, f"{file}: permalink of {name:.80}")
    return SiteConfig(
        "jekyll",
        ((_inside(root, config.get("source") or ".", file), None),),
        address,
        _language(config.get("lang") or config.get("locale")),
        permalinks=patterns,
        zone=_zone(config.get("timezone"), f"{file}: timezone"),
        collections=("posts", *(name for name, about in collections.items() if about.get("output") is True)),
    )


def _eleventy(root: Path, base_url: str | None) -> SiteConfig | None:
    if any((root / name).is_file() for name in ELEVENTY):
        return SiteConfig("eleventy", ((root, None),), _address(base_url))
    return None


def _load(file: Path) -> dict[str, object]:
    """A configuration with its uppermost names in lower case, as Hugo takes them."""
    try:
        return _lowered(FORMATS[file.suffix](file.read_bytes().decode("utf-8-sig")))
    except BrokenFrontMatter as error:
        raise UnreadableSource(f"{file}, {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableSource(f"{file}: cannot be read: {error}") from error


def _inside(root: Path, folder: object, file: Path) -> Path:
    """A folder of the site. Raises `UnreadableSource` for one outside of it."""
    path = root / str(folder)
    if not path.resolve().is_relative_to(root.resolve()):
        raise UnreadableSource(f"{file}: expected a folder within the site for its content, got {shown(folder)}")
    return path


def _parts(folder: Path, part: str) -> dict[str, object]:
    """Hugo's configuration in a folder: one file for each part of it."""
    files = [folder / f"{part}{ending}" for ending in FORMATS]
    return next((_load(file) for file in files if file.is_file()), {})


def _lowered(value: object) -> dict[str, object]:
    return {name.lower(): item for name, item in value.items()} if isinstance(value, dict) else {}


def _taxonomies(value: object) -> dict[str, str]:
    """Hugo's `singular = "plural"`: front matter has the plural."""
    ours = {"tag": "tags", "category": "categories", "author": "authors", "writer": "authors", "series": "series"}
    return {str(plural).lower(): ours[one] for one, plural in _lowered(value).items() if one in ours}


def _address(value: object) -> str | None:
    text = str(value or "").strip().rstrip("/")
    return text if is_web_address(text) else None


def _language(value: object) -> str | None:
    try:
        tag = clean_language(value)
    except ValueError:
        return None
    return tag if isinstance(tag, str) else None


def _zone(value: object, where: str) -> tzinfo:
    if not value:
        return UTC
    try:
        return ZoneInfo(str(value))
    except (ValueError, OSError, KeyError) as error:
        raise UnreadableSource(
            f"{where}: expected the name of a time zone such as Europe/Berlin, got {shown(value)}"
        ) from error
