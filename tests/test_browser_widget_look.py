"""How the boxes look and read: colours, directions, languages, narrow pages; axe-core finds no fault."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from browser_fixtures import Visit
from widget_pages import Newsroom, clean, shown

from service.headings import RIGHT_TO_LEFT
from service.widget.assets import script
from service.widget.dates import _MONTHS, written_date

pytestmark = pytest.mark.browser

Open = Callable[..., Visit]

BOTH = "<also-read></also-read><more-in-section></more-in-section>"
THEMED = '<also-read theme="{0}"></also-read><more-in-section theme="{0}"></more-in-section>'
FIRST = ".alsoread-item >> nth=0"

HEBREW = {"canonical": "https://www.example.com/he/1", "lang": "he"}


@pytest.mark.parametrize(
    ("page", "context"),
    [
        ({}, {}),
        ({}, {"viewport": {"width": 320, "height": 900}}),
        ({"boxes": THEMED.format("dark")}, {}),
        ({"boxes": THEMED.format("auto")}, {"color_scheme": "dark"}),
        ({"boxes": THEMED.format("light")}, {"color_scheme": "dark"}),
        ({"boxes": BOTH, **HEBREW}, {}),
        ({}, {"forced_colors": "active"}),
    ],
    ids=["light", "narrow", "dark", "auto", "light-in-dark", "right-to-left", "forced-colours"],
)
def test_axe_finds_no_fault(
    news: Newsroom, visit: Open, axe_source: str, page: dict[str, Any], context: dict[str, Any]
):
    seen = visit(news.page(above=1, **page), **context)
    seen.page.locator(FIRST).wait_for()
    seen.page.wait_for_timeout(300)
    assert seen.violations(axe_source) == []
    clean(seen)


def test_axe_would_find_a_fault(news: Newsroom, visit: Open, axe_source: str):
    seen = visit(news.page(above=1, more='<img src="/image.svg"><a href="/"></a>'))
    assert {one.split(":")[0] for one in seen.violations(axe_source)} >= {"image-alt", "link-name"}


class Outline(HTMLParser):
    """Elements with their attributes in order of their names, and texts without the blanks around them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[object] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, sorted(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.parts += filter(None, [data.strip()])


@pytest.mark.parametrize("ui", ["en", "de", "he", "ja"])
def test_script_and_server_write_the_same(news: Newsroom, visit: Open, ui: str):
    seen = visit(news.page(f'<also-read ui="{ui}"></also-read>', above=1, lang="de"), timezone_id="UTC")
    seen.page.locator(FIRST).wait_for()
    seen.page.wait_for_timeout(600)
    made = seen.page.locator("also-read").inner_html()
    served = news.embed(f"id=flood-1&slots=also-read:4&css=none&ui={ui}")
    said = {"en": "en-GB"}.get(ui, ui)  # the script writes a date as a region does, and says so at each
    assert made.count(f' lang="{said}">') == made.count("<time")
    made, served = (re.sub('(<time[^>]*?)( lang="[^"]*")?>', r"\1>", html) for html in (made, served))
    if ui in ("he", "ja"):  # dates that only the browser can write
        made, served = (re.sub("(<time[^>]*>)[^<]*", r"\1", html) for html in (made, served))
    assert Outline(made).parts == Outline(served).parts


def test_the_fragment_is_valid_html(news: Newsroom, html_faults: Callable[[str], str]):
    for query in ("id=flood-1", "id=he-1", "id=match-3&ui=de&slots=also-read:9,more-in-section,background"):
        fragment = news.embed(query)
        assert fragment.startswith("<link")
        assert html_faults(fragment) == ""
    assert "no-dup-id" in html_faults(fragment + fragment)
    assert html_faults(fragment.replace("</ol>", ""))


def test_a_page_from_right_to_left_has_its_boxes_so(news: Newsroom, visit: Open):
    seen = visit(news.page(above=1, **HEBREW))
    seen.page.locator(FIRST).wait_for()
    section = seen.page.locator("also-read section")
    assert (section.get_attribute("dir"), section.get_attribute("lang")) == ("rtl", "he")
    assert seen.page.locator("h2").first.inner_text() == "קראו גם"
    heading, page = section.locator("h2"), seen.page.viewport_size["width"]
    left_of_text = heading.evaluate(
        "one => { const r = document.createRange(); r.selectNodeContents(one); return r.getBoundingClientRect().left; }"
    )
    assert left_of_text > page / 2


def test_the_same_languages_are_written_from_right_to_left_in_script_and_server():
    (found,) = re.findall(r"RTL=/\^\(([a-z|]+)\)\$/", script().body.decode())
    assert set(found.split("|")) == RIGHT_TO_LEFT


def test_a_narrow_page_has_one_column_and_does_not_scroll_sideways(news: Newsroom, visit: Open):
    seen = visit(news.page(above=1), viewport={"width": 320, "height": 900})
    seen.page.locator(FIRST).wait_for()
    lefts = seen.page.locator(".alsoread-item").evaluate_all("all => all.map(one => one.getBoundingClientRect().left)")
    assert len(set(lefts)) == 1
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_cards_are_of_one_height_and_images_of_one_size(news: Newsroom, visit: Open):
    seen = visit(news.page(above=1, head=news.style))
    seen.page.locator(FIRST).wait_for()
    heights = "all => [...new Set(all.map(one => one.offsetHeight))]"
    assert len(seen.page.locator(".alsoread-item").evaluate_all(heights)) == 1
    sizes = "all => [...new Set(all.map(one => one.offsetWidth + 'x' + one.offsetHeight + one.loading + one.alt))]"
    assert seen.page.locator(".alsoread-image").evaluate_all(sizes) == ["96x64lazy"]


@pytest.mark.parametrize(
    ("theme", "scheme", "dark"),
    [("auto", "dark", True), ("auto", "light", False), ("dark", "light", True), ("light", "dark", False)],
)
def test_a_theme_sets_the_colours(news: Newsroom, visit: Open, theme: str, scheme: str, dark: bool):
    seen = visit(news.page(THEMED.format(theme), above=1), color_scheme=scheme)
    seen.page.locator(FIRST).wait_for()
    colour = seen.page.locator(".alsoread").first.evaluate("one => getComputedStyle(one).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", colour))) < 200) is dark


def test_without_a_theme_colours_and_fonts_are_the_sites(news: Newsroom, visit: Open):
    seen = visit(news.page(above=1))
    seen.page.evaluate(
        "() => { document.body.style.color = 'rgb(200, 210, 220)'; document.body.style.fontFamily = 'DejaVu Serif'; }"
    )
    seen.page.locator(FIRST).wait_for()
    style = "one => [getComputedStyle(one).color, getComputedStyle(one).fontFamily, getComputedStyle(one).background]"
    for part in (".alsoread-title", ".alsoread-heading", ".alsoread-link"):
        colour, font, _ = seen.page.locator(part).first.evaluate(style)
        assert (colour, font) == ("rgb(200, 210, 220)", '"DejaVu Serif"'), part


def test_a_property_of_the_site_counts(news: Newsroom, visit: Open):
    seen = visit(news.page(above=1))
    seen.page.locator(FIRST).wait_for()
    root = "([name, value]) => document.documentElement.style.setProperty(name, value)"
    for name, value in {"columns": "1", "text": "rgb(1, 2, 3)", "lines": "2"}.items():
        seen.page.evaluate(root, [f"--alsoread-{name}", value])
    lefts = seen.page.locator(".alsoread-item").evaluate_all("all => all.map(one => one.getBoundingClientRect().left)")
    assert len(set(lefts)) == 1
    assert seen.page.locator(".alsoread-title").first.evaluate("one => getComputedStyle(one).color") == "rgb(1, 2, 3)"


def test_the_server_writes_dates_as_the_browser_does(browser: Any):
    moments = [f"2026-{month:02}-{month + 1:02}T00:00:00Z" for month in range(1, 13)]
    page = browser.new_page()
    written = page.evaluate(
        """([tags, moments]) => tags.map(tag => moments.map(moment =>
            new Intl.DateTimeFormat(tag, {dateStyle: 'long', timeZone: 'UTC'}).format(new Date(moment))))""",
        [["en-GB" if tag == "en" else tag for tag in _MONTHS], moments],
    )
    page.close()
    for tag, dates in zip(_MONTHS, written, strict=True):
        assert [written_date(moment, tag) for moment in moments] == dates


def test_a_day_without_a_time_is_that_day_in_every_zone_and_a_moment_is_the_readers(news: Newsroom, visit: Open):
    seen = visit(
        news.page('<also-read article="he-1" ui="en"></also-read><more-in-section></more-in-section>', above=1),
        timezone_id="Pacific/Honolulu",
    )
    seen.page.locator("also-read .alsoread-item >> nth=1").wait_for()
    seen.page.locator("more-in-section .alsoread-item >> nth=1").wait_for()
    seen.page.wait_for_timeout(600)
    days = "all => all.map(one => [one.dateTime, one.textContent])"
    for moment, text in seen.page.locator("time").evaluate_all(days):
        assert text.startswith(f"{int(moment[8:10])} "), (moment, text)
    assert len(shown(seen)) >= 6
