"""A page that names its site's front page for its section has none: then the trail counts, and the address."""

import pytest
from pages_of_dunmere import LD, ld_json, page

from index.extraction.page import read_page

CRUMBS = {
    "@type": "BreadcrumbList",
    "itemListElement": [
        {"@type": "ListItem", "position": number, "name": name} for number, name in enumerate(("Home", "Council"), 1)
    ],
}


@pytest.mark.parametrize(
    "name", ["Home", "home page", "Front Page", "front-page", "Startseite", "Titelseite", "À la une", "Portada"]
)
def test_a_front_page_is_no_section(name: str) -> None:
    def section_of(url: str, *nodes: object) -> str | None:
        stated = {**LD, "articleSection": name, "mainEntityOfPage": url, "url": url}
        return read_page(page("".join(map(ld_json, (stated, *nodes)))), url).section

    assert section_of("https://gazette.example/2026/bridge-shut") is None
    assert section_of("https://gazette.example/harbour/2026/bridge-shut") == "harbour"
    assert section_of("https://gazette.example/2026/bridge-shut", CRUMBS) == "council"


@pytest.mark.parametrize("name", ["Home and garden", "Housing", "Mainz", "Start-ups"])
def test_a_section_that_begins_like_one_is_one(name: str) -> None:
    html = page(ld_json({**LD, "articleSection": name}))
    assert read_page(html, "https://gazette.example/2026/bridge-shut").section == name.lower()
