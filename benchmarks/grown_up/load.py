"""Rebuilds the corpus into the data folder and catalogue of the environment, its vectors looked up; a process of its own."""

import os
import sys
from pathlib import Path

from benchmarks.archives import source_file
from benchmarks.corpus import LookupEmbedder
from index.rebuild import Options, rebuild
from index.sentence_transformer import DEFAULT_MODEL
from index.sources import open_source


def main(size: int) -> None:
    """Rebuild, and say how many are indexed."""
    data, address = Path(os.environ["ALSOREAD_DATA"]), os.environ["ALSOREAD_CATALOGUE"]
    options = Options(catalogue=address, model_name=DEFAULT_MODEL)
    report = rebuild(data, [open_source(str(source_file(size)))], LookupEmbedder(size), options)
    print(f"{report.articles:,} articles in {report.generation}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
