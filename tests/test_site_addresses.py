"""Where generators put a page: Hugo's, Zola's, Jekyll's and Eleventy's rules, in one language and in several."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.article_record import FieldNames
from index.errors import UnreadableSource
from index.sources import Item, Skipped
from index.sources.static_site.permalinks import at_root, fill, hugo_name, plain_name
from index.sources.static_site.site import MarkdownSite

BASE = "https://courier.example"


def read(folder: Path, files: dict[str, str], base_url: str | None = None) -> list[Item]:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return list(MarkdownSite(folder, FieldNames(), base_url))


def address(folder: Path, files: dict[str, str], base_url: str | None = None) -> str:
    """Of the only article, below the site's own."""
    (article,) = [item for item in read(folder, files, base_url) if isinstance(item, Article)]
    return str(article.url).removeprefix(BASE)


def page(**fields: object) -> str:
    return "---\n" + "".join(f"{name}: {value}\n" for name, value in fields.items()) + "---\nThe wind.\n"


STORM = {"title": '"The Storm, & Its Night"', "date": "2026-03-05T23:30:00+01:00"}


@pytest.mark.parametrize(
    ("config", "path", "fields", "expected"),
    [
        ("", "news/Storm Night.md", {}, "/news/storm-night/"),
        ("disablePathToLower = true", "news/Storm Night.md", {}, "/news/Storm-Night/"),
        ("uglyURLs = true", "news/storm.md", {}, "/news/storm.html"),
        ("", "news/deep/2026-03-05-storm.md", {}, "/news/deep/2026-03-05-storm/"),
        ("", "news/storm/index.md", {}, "/news/storm/"),
        ("", "news/storm.md", {"slug": "Its Night"}, "/news/its-night/"),
        ("", "news/storm.md", {"url": "/old/storm.html"}, "/old/storm.html"),
        ("", "news/storm.md", {"url": "old/storm"}, "/old/storm/"),
        ("", "news/storm.md", {"url": "https://other.example/storm"}, "https://other.example/storm"),
        ("", "news/sturm-über-nacht.md", {}, "/news/sturm-%C3%BCber-nacht/"),
        ("[permalinks]\nnews = '/:year/:month/:day/:slug/'", "news/storm.md", {}, "/2026/03/05/the-storm-its-night/"),
        ("[permalinks]\nnews = '/:year/:slug/'", "news/storm.md", {"slug": "x"}, "/2026/x/"),
        ("[permalinks.page]\nnews = '/:sections/:filename/'", "news/storm.md", {}, "/news/storm/"),
        ("[permalinks]\nnews = '/:section/:slugorcontentbasename'", "news/storm.md", {}, "/news/storm/"),
        ("[permalinks]\nnews = '/:yearday/:monthname/:title/'", "news/storm.md", {}, "/64/March/the-storm-its-night/"),
        ("[permalinks]\nsport = '/x/:slug/'", "news/storm.md", {}, "/news/storm/"),
    ],
)
def test_hugo_puts_a_page_by_its_place_its_front_matter_or_a_pattern(
    tmp_path: Path, config: str, path: str, fields: dict[str, str], expected: str
) -> None:
    files = {"hugo.toml": f"baseURL = '{BASE}/'\n{config}", f"content/{path}": page(**STORM, **fields)}
    assert address(tmp_path, files) == expected


TWO = "[languages.en]\n[languages.de]\n"


@pytest.mark.parametrize(
    ("config", "path", "expected", "lang"),
    [
        (TWO, "news/storm.md", "/news/storm/", "en"),
        (TWO, "news/storm.de.md", "/de/news/storm/", "de"),
        (TWO, "news/storm/index.de.md", "/de/news/storm/", "de"),
        (TWO, "de/news/storm.md", "/de/news/storm/", "de"),
        (f"defaultContentLanguageInSubdir = true\n{TWO}", "news/storm.md", "/en/news/storm/", "en"),
        (f"{TWO}contentDir = 'content/german'", "german/news/storm.md", "/de/news/storm/", "de"),
        (f"{TWO}contentDir = 'content/german'", "news/storm.md", "/news/storm/", "en"),
        (f"{TWO}baseURL = 'https://kurier.example'", "news/storm.de.md", "https://kurier.example/news/storm/", "de"),
        (f"defaultContentLanguage = 'de'\n{TWO}", "news/storm.md", "/news/storm/", "de"),
        ("", "news/storm.de.md", "/news/storm.de/", None),
    ],
)
def test_hugo_in_several_languages(tmp_path: Path, config: str, path: str, expected: str, lang: str | None) -> None:
    files = {"hugo.toml": f"baseURL = '{BASE}/'\n{config}", f"content/{path}": page(**STORM)}
    (tmp_path / "content" / "german").mkdir(parents=True)
    (article,) = [item for item in read(tmp_path, files) if isinstance(item, Article)]
    assert (str(article.url).removeprefix(BASE), article.lang, article.section) == (expected, lang, "news")


@pytest.mark.parametrize(
    "name", ["hugo.yaml", "config.yml", "config/_default/hugo.yaml", "config/_default/config.yaml"]
)
def test_hugo_is_configured_in_several_places(tmp_path: Path, name: str) -> None:
    files = {name: f"baseURL: {BASE}/\n", "content/news/storm.md": page(**STORM)}
    if "/" in name:
        files["config/_default/permalinks.toml"] = "news = '/:year/:slug/'"
        assert address(tmp_path, files) == "/2026/the-storm-its-night/"
    else:
        assert address(tmp_path, files) == "/news/storm/"
    assert [item.url for item in MarkdownSite(tmp_path / "content", FieldNames()) if isinstance(item, Article)]


def test_folders_are_sections_where_hugo_says_so(tmp_path: Path) -> None:
    files = {
        "hugo.toml": "baseURL = ''\n",
        "content/news/_index.md": page(),
        "content/news/harbour/_index.md": page(),
        "content/news/harbour/2026/a.md": page(title="A"),
        "content/news/2026/b.md": page(title="B"),
        "content/posts/c.md": page(title="C", categories="[Sport, Women]"),
        "content/posts/d.md": page(title="D"),
    }
    found = {item.title: item for item in read(tmp_path, files) if isinstance(item, Article)}
    assert {title: article.section for title, article in found.items()} == {
        "A": "news/harbour",
        "B": "news",
        "C": "Sport",
        "D": "posts",
    }
    assert found["C"].tags == ("Women",)
    assert found["A"].id == "news/harbour/2026/a"


@pytest.mark.parametrize(
    ("config", "path", "fields", "expected", "identifier"),
    [
        ("", "_posts/2026-03-05-storm-night.md", {}, "/2026/03/05/storm-night.html", "/2026/03/05/storm-night"),
        ("permalink: pretty", "_posts/2026-03-05-storm.md", {}, "/2026/03/05/storm/", "/2026/03/05/storm"),
        ("", "_posts/2026-03-05-storm.md", {"categories": "News Harbour"}, "/news/harbour/2026/03/05/storm.html", None),
        ("", "news/_posts/2026-03-05-storm.md", {}, "/news/2026/03/05/storm.html", None),
        ("permalink: /:year/:i_month/:title:output_ext", "_posts/2026-03-05-storm.md", {}, "/2026/3/storm.html", None),
        ("", "_posts/2026-03-05-storm.md", {"permalink": "/storm/:year/"}, "/storm/2026/", None),
        ("baseurl: /paper", "_posts/2026-03-05-storm.md", {}, "/paper/2026/03/05/storm.html", None),
        (
            "collections: {stories: {output: true}}",
            "_stories/harbour/storm.md",
            {},
            "/stories/harbour/storm.html",
            None,
        ),
    ],
)
def test_jekyll_puts_a_post_by_its_date_and_its_feed_has_it_without_the_ending(
    tmp_path: Path, config: str, path: str, fields: dict[str, str], expected: str, identifier: str | None
) -> None:
    files = {"_config.yml": f"url: {BASE}\n{config}\n", path: page(title="A", **fields)}
    (article,) = [item for item in read(tmp_path, files) if isinstance(item, Article)]
    assert str(article.url).removeprefix(BASE) == expected
    assert identifier is None or article.id == BASE + identifier
    assert "_stories" in path or str(article.published_at).startswith("2026-03-05")


def test_in_a_jekyll_site_only_posts_are_articles(tmp_path: Path) -> None:
    files = {
        "_config.yml": "title: Courier\n",
        "_posts/2026-03-05-a.md": page(title="A", tags="harbour storm", category="News"),
        "_posts/2026-03-05-b.md": page(title="B", published="false"),
        "_posts/c.md": page(title="C"),
        "_drafts/d.md": page(title="D"),
        "about.md": page(title="E"),
        "_site/f.html": page(title="F"),
    }
    items = read(tmp_path, files)
    (article,) = [item for item in items if isinstance(item, Article)]
    assert (article.id, article.section, article.tags) == ("_posts/2026-03-05-a", "News", ("harbour", "storm"))
    assert sorted(item.kind for item in items if isinstance(item, Skipped)) == [
        "drafts",
        "drafts",
        "files in _posts without a date in their name",
        "pages",
    ]


@pytest.mark.parametrize(
    ("path", "fields", "expected"),
    [
        ("news/Storm Night.md", "", "/news/storm-night/"),
        ("news/2026-03-05-storm.md", "", "/news/storm/"),
        ("news/storm/index.md", "", "/news/storm/"),
        ("news/storm.md", "slug = 'night'", "/news/night/"),
        ("news/storm.md", "path = 'old/storm'", "/old/storm/"),
        ("news/storm.de.md", "", "/de/news/storm/"),
    ],
)
def test_zola_puts_a_page_by_its_place(tmp_path: Path, path: str, fields: str, expected: str) -> None:
    text = f"+++\ntitle = 'A'\n{fields}\n[taxonomies]\ntags = ['harbour']\n[extra]\nimage = '/a.jpg'\n+++\n[x](@/news/b.md)"
    config = f"base_url = '{BASE}'\n[languages.de]\n"
    files = {"config.toml": config, f"content/{path}": text, "content/news/b.md": "+++\ntitle = 'B'\n+++\n"}
    found = {item.title: item for item in read(tmp_path, files) if isinstance(item, Article)}
    assert found["A"].url == BASE + expected
    assert (found["A"].tags, found["A"].image_url) == (("harbour",), f"{BASE}/a.jpg")
    assert [link.url for link in found["A"].links] == [f"{BASE}/news/b/"]


@pytest.mark.parametrize(
    ("path", "fields", "expected"),
    [
        ("src/news/2026-03-05-storm.md", {}, "/src/news/storm/"),
        ("news/storm/index.md", {}, "/news/storm/"),
        ("news/storm.md", {"permalink": "/x/index.html"}, "/x/"),
        ("news/storm.md", {"permalink": '"/{{ title | slug }}/"'}, "None"),
    ],
)
def test_eleventy_has_its_address_from_whoever_reads_it(
    tmp_path: Path, path: str, fields: dict[str, str], expected: str
) -> None:
    files = {"eleventy.config.js": "", path: page(title="A", date="2026-03-05", **fields)}
    assert address(tmp_path, files, f"{BASE}/") == expected


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"hugo.toml": "title = 'A\n"}, r"hugo.toml, line 1: not TOML"),
        (
            {"hugo.toml": "[permalinks]\nnews = '/:year/:sulg/'\n"},
            r"permalinks.news: expected tokens of .*; got ':sulg'",
        ),
        ({"hugo.toml": f"[permalinks]\n{'n' * 9_000} = '/:{'u' * 9_000}/'\n"}, r"^.{1,800}; got ':u{80}'$"),
        ({"_config.yml": f"collections:\n  {'n' * 900}:\n    permalink: /:{'u' * 9_000}/\n"}, r"^.{1,800}'$"),
        ({"hugo.toml": "timeZone = 'Brinkby'\n"}, r"timeZone: expected the name of a time zone"),
        ({"hugo.toml": "contentDir = '../other'\n"}, r"expected a folder within the site"),
        ({"_config.yml": "permalink: /:yaer/\n"}, r"permalink of posts: expected tokens"),
        ({"_config.yml": "- a\n"}, r"expected fields with a name each"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_said_before_anything_is(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    with pytest.raises(UnreadableSource, match=said):
        read(tmp_path, files)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/:sections/:slug/", "/a/b/c/x/"),
        ("/:sections[1:]/:slug/", "/b/c/x/"),
        ("/:sections[:1]/:slug/", "/a/x/"),
        ("/:sections[0]/:slug/", "/a/x/"),
        ("/:sections[last]/:slug", "/c/x"),
        ("/:sections[9]/:slug", "/x"),
        ("/:year/", None),
    ],
)
def test_a_pattern_is_filled_and_a_page_that_lacks_what_it_names_has_no_address(pattern: str, path: str | None) -> None:
    assert fill(pattern, {"slug": "x", "year": None}, ["a", "b", "c"]) == path


def test_a_path_stands_below_the_site_unless_it_begins_there() -> None:
    assert at_root("https://a.example/paper", "/news/") == "https://a.example/paper/news/"
    assert at_root("https://a.example/paper", "/paper/news/") == "https://a.example/paper/news/"
    assert at_root("https://a.example", "/news/") == "https://a.example/news/"


@given(st.text())
def test_a_name_made_for_an_address_stays_when_it_is_made_again(text: str) -> None:
    assert hugo_name(hugo_name(text)) == hugo_name(text)
    assert plain_name(plain_name(text)) == plain_name(text)
    assert not any(letter.isspace() for letter in hugo_name(text) + plain_name(text))
