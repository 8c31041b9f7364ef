"""Regular expressions that meet what others wrote take time that grows with the text, and not with its square (ReDoS)."""

import re
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from hostile_patterns import Used, all_used, busy_texts

from index.boilerplate.forms import MAX_VARIED
from index.errors import InvalidArticle, NotAnArticle
from index.extraction.also_read import LONGEST_TITLE
from index.extraction.facts import LONGEST_NAMES
from index.extraction.titles import LONGEST
from index.extraction.tree import MAX_ATTRIBUTES, parse
from index.milvus_errors import LONGEST as LONGEST_ERROR
from index.milvus_errors import ours
from index.record_fields import MAX_SHORT
from index.sources.feeds.discovery import HEAD
from index.sources.tables.dates import iso_date

SHORT, LONG = 4_000, 16_000
QUICK = 0.08
"""Seconds; a search that takes the square of the time needs more for the long text."""
GROWS = 8.0
"""By so much more, at most, the long text may take than the short one, which is a fourth of it; the square were 16."""
NOTICED = 0.002
"""What takes less for the short text is not tried on the long one."""
GIVE_UP = 1.0

Given = Callable[[str], str]


def one_line(text: str) -> str:
    return " ".join(text.split())


def cut(length: int) -> Given:
    return lambda text: one_line(text)[:length]


MEET: dict[str, Given] = {
    "index/boilerplate/forms.py:_DATE": cut(MAX_VARIED),
    "index/extraction/also_read.py:_CLEAR": cut(LONGEST_TITLE + 60),
    "index/extraction/also_read.py:_LABEL": cut(60),
    "index/extraction/facts.py:split": cut(LONGEST_NAMES),
    "index/extraction/facts.py:_BEHIND_A_NAME": cut(LONGEST_NAMES),
    "index/extraction/fragment_blocks.py:sub": one_line,
    "index/extraction/sections.py:sub": cut(MAX_SHORT),
    "index/extraction/titles.py:_APART": cut(2 * LONGEST),
    "index/milvus_errors.py:sub": lambda text: text[:LONGEST_ERROR],
    "index/sources/feeds/discovery.py:_PASSED_OVER": lambda text: text[:HEAD],
    "index/sources/wordpress/post.py:_GOES_ON": one_line,
    "index/title_marks.py:_BEFORE": cut(MAX_SHORT),
    "index/title_marks.py:_AFTER": cut(MAX_SHORT),
}
"""What becomes of a text before an expression meets it, where that is what bounds its time: whoever calls it makes one line of
the text, or cuts it. All others meet texts of any length and kind."""


def given(place: str) -> Given:
    return next((change for known, change in MEET.items() if place.startswith(known)), lambda text: text)


def slow(used: Used) -> list[str]:
    """The texts that keep an expression busy for too long."""
    change, found = given(used.place), []
    for name, make in busy_texts(used.pattern).items():
        short, long = change(make(SHORT)), change(make(LONG))
        if used.seconds(short, GIVE_UP) < NOTICED or used.seconds(long, GIVE_UP) < QUICK:
            continue
        # once more, for something else may have been in the way
        took = min(used.seconds(long, GIVE_UP) for _ in range(2))
        before = min(used.seconds(short, GIVE_UP) for _ in range(3))
        if took > QUICK and (took > GIVE_UP * 0.9 or took > GROWS * before):
            found.append(f"{used.place} .{used.method} takes {took:.2f} s over {name}")
            break
    return found


def test_no_expression_takes_the_square_of_the_time():
    assert [text for used in all_used() for text in slow(used)] == []


def test_the_expressions_are_found_with_how_they_are_used():
    found = {(used.place, used.method) for used in all_used()}
    assert len(found) > 200
    assert ("index/urls.py:_HOST", "fullmatch") in found
    assert ("index/access_keys.py:_TOKEN", "fullmatch") in found


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"\s+$", "search"),
        (r"(?:a|b|ab)*c", "match"),
        (r"<!--.*?-->", "sub"),
        (r"\s*(?P<x>Z)?\s*", "fullmatch"),
        (r"(a+)+$", "match"),
        (r"\w+@\w+", "findall"),
    ],
)
def test_one_that_does_is_noticed(pattern: str, method: str):
    assert slow(Used("made up", re.compile(pattern, re.DOTALL), method))


def seconds(done: Callable[[], object]) -> float:
    began = time.thread_time()
    done()
    return time.thread_time() - began


@pytest.mark.parametrize("again", ["<a", "<a ", "<a b=", "<script>", "<a b='", '<a b="c" ', "<title", "<style></styl"])
def test_a_page_of_nothing_but_beginnings_of_tags_is_soon_read(again: str):
    short, long = (again * (size // len(again)) for size in (60_000, 240_000))

    def read(text: str) -> None:
        with suppress(InvalidArticle, NotAnArticle):  # what it is found to be is not the matter here
            parse(text)

    read(short)
    assert seconds(lambda: read(long)) < max(0.5, 10 * seconds(lambda: read(short)))


@pytest.mark.parametrize(
    "before", ["", "<p>", "<script>x<b='</script>", "<title>a < b</title>", "<!-- c --><br/>", "<SCRIPT>'</ScRiPt >"]
)
def test_a_tag_keeps_no_more_attributes_than_it_may_wherever_it_stands(before: str):
    many = " ".join(f"a{number}" for number in range(3 * MAX_ATTRIBUTES))
    root = parse(f"<html><body>{before}<div {many}>words</div></body></html>")
    (found,) = root.xpath("//div")
    assert len(found.attrib) == MAX_ATTRIBUTES
    assert found.text == "words"


def test_a_cell_of_blanks_is_no_date_and_soon_known_for_that():
    assert seconds(lambda: iso_date(f"14.3.2026{' ' * 200_000}x")) < 0.5


def test_of_a_long_error_of_another_s_the_beginning_is_looked_at():
    assert seconds(lambda: ours(RuntimeError("a" * 1_000_000))) < 0.5
