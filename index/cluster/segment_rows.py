"""The rows of a segment one by one, as they can be packed: nothing is worked out of words again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.copies import CopyState
from index.link_names import NameOf
from index.segment import Segment
from index.terms import TermCounts


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A row of a segment (`index.row.Worked`), and what the segment measured of its terms."""

    id: str
    section: str
    language: str
    published: int
    flags: int
    copy: CopyState
    fingerprint: bytes
    vector: npt.NDArray[np.float32]
    terms: TermCounts
    headline: npt.NDArray[np.uint64]
    names: bytes
    card: bytes
    links: Sequence[tuple[int, int]]
    addresses: Sequence[tuple[int, int]]
    title_hash: int | None
    norms: npt.NDArray[np.float32]
    length: int


class SegmentRows:
    """Gives the rows of one segment by their numbers there."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._addresses = _by_row(segment, NameOf.URL)
        self._titles = _by_row(segment, NameOf.TITLE)

    def __getitem__(self, row: int) -> SegmentRow:
        segment = self._segment
        lexical = segment.lexical
        links = slice(*np.searchsorted(segment.link_rows, [row, row + 1]))
        _, title_terms = lexical.titles_of(np.array([row]))
        titles = self._titles(row)
        return SegmentRow(
            id=segment.ids[row].decode(),
            section=segment.sections[segment.section[row]],
            language=segment.languages[segment.language[row]],
            published=int(segment.published[row]),
            flags=int(segment.flags[row]),
            copy=CopyState(segment.copy_key[row].tobytes(), int(segment.superseded_at[row])),
            fingerprint=segment.fingerprint[row].tobytes(),
            vector=segment.vectors.rows[row].astype(np.float32),
            terms=lexical.terms_of(row),
            headline=np.asarray(lexical.terms[title_terms]),
            names=segment.names[row],
            card=segment.cards[row],
            links=list(zip(segment.link_hashes[links].tolist(), segment.link_kinds[links].tolist(), strict=True)),
            addresses=self._addresses(row),
            title_hash=titles[0][0] if titles else None,
            norms=np.asarray(lexical.norms[:, row], dtype=np.float32),
            length=int(lexical.lengths[row]),
        )


class _ByRow:
    """The names of a segment's rows, by row."""

    def __init__(
        self, hashes: npt.NDArray[np.uint64], rows: npt.NDArray[np.int32], former: npt.NDArray[np.uint8]
    ) -> None:
        order = np.argsort(rows, kind="stable")
        self._hashes, self._rows, self._former = hashes[order], rows[order], former[order]

    def __call__(self, row: int) -> list[tuple[int, int]]:
        span = slice(*np.searchsorted(self._rows, [row, row + 1]))
        return list(zip(self._hashes[span].tolist(), self._former[span].tolist(), strict=True))


def _by_row(segment: Segment, of: NameOf) -> _ByRow:
    return _ByRow(*segment.lookup(of))
