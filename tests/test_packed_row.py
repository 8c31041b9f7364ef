"""Rows as bytes: what comes out is what went in."""

from pathlib import Path

import numpy as np
from helpers import article, opened, rebuild_with

from index.cluster.packed_row import FORM, pack, unpack
from index.cluster.segment_rows import SegmentRows


def test_a_packed_row_comes_out_as_it_was_and_one_of_another_form_does_not(data: Path) -> None:
    text = "The harbour wall holds. Ada Finch and the Tidewrack company say so."
    rebuild_with(
        data, [article(f"a{at}", f"Wall {at}", text, url=f"https://a.example/{at}", tags=["tide"]) for at in range(5)]
    )
    segment = opened(data).segments[0]
    row = SegmentRows(segment)[3]
    rarity = np.linspace(0, 5, len(row.terms.hashes))
    body = pack(row, rarity, row.norms, row.length)
    again = unpack(body, row.id, row.copy, row.vector, embedded=True)
    assert again is not None
    for name in (
        "id",
        "section",
        "language",
        "published",
        "flags",
        "copy",
        "names",
        "card",
        "links",
        "addresses",
        "title_hash",
    ):
        assert getattr(again, name) == getattr(row, name), name
    assert again.terms.hashes.tolist() == row.terms.hashes.tolist()
    assert again.terms.counts.tolist() == row.terms.counts.tolist()
    assert again.headline.tolist() == row.headline.tolist()
    np.testing.assert_allclose(again.rarity, rarity, rtol=1e-3)
    assert unpack(bytes([FORM + 1]) + body[1:], row.id, row.copy, row.vector, embedded=True) is None
