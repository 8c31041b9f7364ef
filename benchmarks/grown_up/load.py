"""Rebuilds the corpus into the data folder and catalogue of the environment, its vectors looked up; a process of its own.

python -m benchmarks.grown_up.load SIZE [--changed] [--model]
"""

import argparse
import os
from pathlib import Path

from benchmarks.archives import source_file
from benchmarks.corpus import LookupEmbedder
from index.embedder import Embedder, WordHashEmbedder
from index.rebuild import Options, rebuild
from index.sentence_transformer import DEFAULT_MODEL
from index.sources import open_source

OTHER = "word-hash-64"


def main() -> None:
    """Rebuild, and say how many are indexed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", type=int)
    parser.add_argument("--changed", action="store_true", help="with one text in a hundred changed")
    parser.add_argument("--model", action="store_true", help=f"by another model, {OTHER}")
    given = parser.parse_args()
    data, address = Path(os.environ["ALSOREAD_DATA"]), os.environ["ALSOREAD_CATALOGUE"]
    embedder: Embedder = WordHashEmbedder(64) if given.model else LookupEmbedder(given.size)
    options = Options(catalogue=address, model_name=OTHER if given.model else DEFAULT_MODEL)
    file = source_file(given.size, 0.01 if given.changed else 0.0, 1 if given.changed else 0)
    report = rebuild(data, [open_source(str(file))], embedder, options)
    print(f"{report.articles:,} articles in {report.generation}")


if __name__ == "__main__":
    main()
