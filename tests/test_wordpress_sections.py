"""Which of a post's categories is its section."""

import pytest

from index.sources.wordpress.sections import Term, section_of, slug_of
from index.sources.wordpress.tables import Categories, Category

CATEGORIES = Categories()
for number, (slug, name, parent) in enumerate(
    [
        ("uncategorized", "Uncategorized", None),
        ("world", "World", None),
        ("europe", "Europe", "world"),
        ("denmark", "Denmark", "europe"),
        ("sport", "Sport", None),
        ("%d1%81%d0%bf%d0%be%d1%80%d1%82", "Спорт", None),
        ("round", "Round", "about"),
        ("about", "About", "round"),
    ],
    start=1,
):
    CATEGORIES.add(Category(slug, name, parent, number))


def section(*slugs: str, primary: int | None = None, link: str = "") -> str | None:
    return section_of([Term("category", slug, slug) for slug in slugs], primary, CATEGORIES, link)


@pytest.mark.parametrize(
    ("slugs", "expected"),
    [
        ((), None),
        (("sport",), "sport"),
        (("europe",), "world/europe"),
        (("sport", "world", "europe"), "sport"),
        (("world", "sport", "denmark", "europe"), "world/europe/denmark"),
        (("uncategorized", "sport"), "sport"),
        (("uncategorized",), None),
        (("not-in-the-list",), "not-in-the-list"),
        (("%d1%81%d0%bf%d0%be%d1%80%d1%82",), "спорт"),
    ],
)
def test_the_first_category_counts_or_the_deepest_below_the_same_top_one(
    slugs: tuple[str, ...], expected: str | None
) -> None:
    assert section(*slugs) == expected


def test_the_primary_category_of_an_editor_comes_before_all_others() -> None:
    assert section("sport", "world", "denmark", primary=3) == "world/europe"
    assert section("sport", primary=1) == "sport"
    assert section("sport", primary=999) == "sport"


def test_a_category_in_the_posts_address_comes_before_the_first() -> None:
    slugs = ("sport", "europe", "world")
    assert section(*slugs, link="https://pellworm.example/world/europe/lock-opens/") == "world/europe"
    assert section(*slugs, link="https://pellworm.example/2026/03/world-europe/") == "sport"
    assert section(*slugs, primary=5, link="https://pellworm.example/world/europe/lock-opens/") == "sport"


def test_categories_that_stand_above_each_other_end() -> None:
    assert section("round") == "about/round"


@pytest.mark.parametrize(
    ("slug", "name", "number", "expected"),
    [
        ("non-classe", "Non classé", 1, None),
        ("ohne-kategorie", "Ohne Kategorie", 7, None),
        ("%d0%b1%d0%b5%d0%b7-%d1%80%d1%83%d0%b1%d1%80%d0%b8%d0%ba%d0%b8", "Без рубрики", 1, None),
        ("未分類", "未分類", 1, None),
        ("allgemein", "Allgemein", 1, None),
        ("allgemein", "Allgemein", 7, "allgemein"),
        ("news", "News", 1, "news"),
        ("uncategorized", "Local News", 1, "local-news"),
    ],
)
def test_what_nobody_gave_a_category_has_no_section(slug: str, name: str, number: int, expected: str | None) -> None:
    categories = Categories()
    categories.add(Category(slug, name, None, number))
    assert section_of([Term("category", slug, name)], None, categories) == expected


def test_a_name_as_an_address_keeps_letters_that_are_not_latin() -> None:
    assert slug_of("Café & Öl – Київ, Йод") == "cafe-ol-київ-йод"
