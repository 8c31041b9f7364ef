"""A rebuild that loses what editors pinned says so, and is refused where it loses most of it."""

from pathlib import Path

import pytest
from helpers import NOW, article, rebuild_with

from index.article_writes import delete_article
from index.catalogue import Catalogue, place_of
from index.errors import RebuildRefused
from index.rule_writes import add_rule
from index.rules import RuleDraft
from service.pins_check import pins_check

MANY = [article(f"n{number:02}", f"Title {number}") for number in range(20)]


@pytest.fixture
def pinned(data: Path) -> Path:
    """An archive of twenty; the first five are pinned beside the last."""
    rebuild_with(data, MANY)
    with Catalogue.open(place_of(data)) as catalogue:
        for at, one in enumerate(MANY[:5], start=1):
            add_rule(catalogue, RuleDraft("pin", "n19", one.id, None, at), "anna")
        add_rule(catalogue, RuleDraft("block", None, "n06"), "anna")
    return data


def rebuild(data: Path, gone: int, **options: object):
    return rebuild_with(data, MANY[gone:], checks=(pins_check(place_of(data), NOW, 0.5),), **options)


def test_pins_that_lose_their_article_are_told(pinned: Path):
    report = rebuild(pinned, 2)
    assert report.difference is not None
    (finding,) = report.difference.findings
    assert (finding.reason, finding.shown) == (None, "2 of 5 lose their article: n00, n01")
    assert finding.figures == {"before": 5, "lost": 2}


def test_a_rebuild_that_would_lose_most_pins_is_refused(pinned: Path):
    with pytest.raises(RebuildRefused, match=r"the articles of 3 of 5 pins would be lost \(60%; at most 50% may be\)"):
        rebuild(pinned, 3)
    assert rebuild(pinned, 3, force=True).published


def test_what_people_took_down_is_not_held_against_a_rebuild(pinned: Path):
    with Catalogue.open(place_of(pinned)) as catalogue:
        for one in MANY[:4]:
            delete_article(catalogue, one.id)
    assert rebuild(pinned, 4).difference.findings == ()


def test_where_nothing_is_pinned_there_is_nothing_to_say(data: Path):
    rebuild_with(data, MANY)
    assert rebuild(data, 5).difference.findings == ()


def test_what_has_expired_or_stays_is_not_counted(pinned: Path):
    later = NOW.replace(year=2030)
    with Catalogue.open(place_of(pinned)) as catalogue:
        add_rule(catalogue, RuleDraft("pin", "n18", "n05", None, 1, expires_at=NOW), "anna")
    kept = [*MANY[:5], *MANY[6:]]
    report = rebuild_with(pinned, kept, checks=(pins_check(place_of(pinned), later, 0.5),))
    assert report.difference.findings == ()
