"""Copies among real articles: those that are known are found, and other stories on the same kind of event are not."""

import csv
import gzip
from collections import Counter
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from helpers import key_of

from index.article import Article
from index.article_record import parse_article
from index.copies import copy_hash, find_copies

pytestmark = pytest.mark.data


def read(folder: Path) -> list[Article]:
    with gzip.open(folder / "articles.jsonl.gz") as lines:
        records = map(orjson.loads, lines)
        return [parse_article(record) for record in records if record["title"] or record["text"]]


def test_all_known_duplicates_collapse_and_edited_ones_too(development_data: Path) -> None:
    articles = read(development_data / "bbc")
    edited = [
        replace(one, id=f"{one.id}-edited", title="Other", text=f"NORTHERN PRESS -- {one.text.rsplit('. ', 1)[0]}.")
        for one in articles[::10]
    ]
    states = find_copies([key_of(one) for one in [*articles, *edited]])
    with (development_data / "bbc" / "exact_duplicates.tsv").open() as groups:
        assert sum(len({states[one].key for one in line.split()}) == 1 for line in groups) == 138
    found = sum(states[one.id].key == states[one.id.removesuffix("-edited")].key for one in edited)
    assert found >= 0.98 * len(edited)


def test_stories_on_another_event_of_the_same_kind_stay_apart(development_data: Path) -> None:
    folder = development_data / "ecbplus"
    states = find_copies([key_of(one) for one in read(folder)])
    merged: Counter[str] = Counter()
    with (folder / "pairs_graded.tsv").open() as file:
        pairs = list(csv.DictReader(file, delimiter="\t"))
    for pair in pairs:
        merged[pair["grade"]] += states[pair["id_a"]].key == states[pair["id_b"]].key
    assert merged["1"] == 0
    assert 10 <= merged["2"] <= 40


BULLETINS = (
    "BRAZILIAN COFFEE RAINFALL",
    "FED ADDS RESERVES VIA CUSTOMER REPURCHASES",
    "FHLBB CHANGES SHORT-TERM DISCOUNT NOTE RATES",
    "GRAIN SHIPS LOADING AT PORTLAND",
    "HOG AND CATTLE SLAUGHTER GUESSTIMATES",
    "NATIONAL AVERAGE PRICES FOR FARMER-OWNED RESERVE",
    "PROPOSED OFFERINGS RECENTLY FILED WITH THE SEC",
    "TURKISH CENTRAL BANK SETS LIRA/DOLLAR, DM RATES",
)


def test_a_wires_corrections_replace_and_its_bulletins_stay_apart(development_data: Path) -> None:
    wire = read(development_data / "reuters21578")
    states = find_copies([key_of(one) for one in wire if one.title in BULLETINS or 9900 < int(one.id[5:]) < 10100])
    assert states["reut-9915"].key == states["reut-10038"].key
    assert states["reut-9915"].superseded_at < states["reut-10038"].superseded_at
    for title in BULLETINS:
        issues = [one for one in wire if one.title == title]
        assert len({states[one.id].key for one in issues}) == len({copy_hash(one) for one in issues}) > 3
