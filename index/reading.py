"""Reading a rebuild's sources: what changed is read and staged, what is the same as before is only noted."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from index.article import Article
from index.read_before import LineHash, ReadBefore
from index.sources import Rejected, Skipped, Source
from index.sources.jsonl import Block, JsonLines
from index.staging import Staging


def read_into(staging: Staging, source: Source, before: ReadBefore) -> Iterator[Rejected | Skipped | int]:
    """Stage what a source holds; gives how many records were taken in, some at a time, and what was rejected or skipped.

    A line that was read before, and whose record the catalogue holds, is not read again.
    """
    if isinstance(source, JsonLines):
        hashing = LineHash(source.names.own)
        for block in source.blocks():
            if isinstance(block, Rejected):
                yield block
            else:
                yield from _read_block(staging, source, block, hashing, before)
        return
    for item in source:
        if isinstance(item, Article):
            staging.put(item)
            yield 1
        else:
            yield item


def _read_block(
    staging: Staging, source: JsonLines, block: Block, hashing: LineHash, before: ReadBefore
) -> Iterator[Rejected | int]:
    hashes = hashing.of(line for _, line in block)
    lines = before.find(hashes)
    articles = np.full(len(block), -1, np.int64)
    articles[lines >= 0] = staging.known(before.records[lines[lines >= 0]])
    for start, stop in _runs(articles >= 0):
        again = list(range(start, stop))
        if articles[start] >= 0:
            there = lines[start:stop]
            noted = staging.put_known(articles[start:stop], before.changed[there])
            before.use(there[noted], source.names)
            yield int(noted.sum())
            again = (start + np.flatnonzero(~noted)).tolist()
        for at in again:
            item = source.read(*block[at])
            if isinstance(item, Rejected):
                yield item
                continue
            record = staging.put(item)
            if record is not None:
                before.note(hashes[at], record, staging.changed_at(item), source.names.last)
            yield 1


def _runs(known: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Where runs of equal values begin and end. In a run of known lines each article stands in one form only, so that their
    order does not matter; between runs it is kept."""
    cuts = np.flatnonzero(np.diff(known)) + 1
    yield from pairwise([0, *cuts.tolist(), len(known)])
