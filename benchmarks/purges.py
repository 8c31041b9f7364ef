"""How long the receiver that ships for nginx takes over a cache of a hundred thousand answers.

python -m benchmarks.purges [FILES]
"""

import importlib.util
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType

import psutil

from index.article import digest
from service.api.sharing import surrogate_key

PROGRAM = Path(__file__).parents[1] / "examples" / "nginx" / "purge.py"
ARTICLES, SHOWN, BODY = 20_000, 11, b"x" * 4_000


def receiver() -> ModuleType:
    """`examples/nginx/purge.py` as a module."""
    spec = importlib.util.spec_from_file_location("purge_for_nginx", PROGRAM)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def keep(cache: Path, number: int, keys: list[str]) -> None:
    """An answer as nginx keeps it."""
    name = digest(str(number)).hex()
    path = cache / name[-1] / name[-3:-1] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    head = f"HTTP/1.1 200 OK\r\nSurrogate-Key: alsoread {' '.join(keys)}\r\nCache-Tag: {','.join(keys)}\r\n\r\n"
    new = path.with_name(f"{name}.0000000001")
    new.write_bytes(b"\x00" * 336 + f"\nKEY: related.example.com /{number} gzip \n".encode() + head.encode() + BODY)
    new.rename(path)


def milliseconds(began: float) -> float:
    """Since then."""
    return 1_000 * (time.perf_counter() - began)


def main() -> None:
    """Fill a cache, look at it, purge from it while it is filled on."""
    files, chance = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, random.Random(7)
    keys = [surrogate_key(f"article/{number}") for number in range(ARTICLES)]
    with tempfile.TemporaryDirectory() as folder:
        place, memory = Path(folder), psutil.Process().memory_info
        for number in range(files):
            keep(place, number, chance.sample(keys, SHOWN))
        before, cache = memory().rss, receiver().Cache(folder)
        began = time.perf_counter()
        cache.look()
        print(f"first look at {files:,} answers: {milliseconds(began) / 1_000:.1f} s")
        print(f"memory: {(memory().rss - before) / 1e6:.0f} MB")
        time.sleep(2.5)
        cache.look()
        looks, purges, counts = [], [], []
        for turn in range(20):
            began = time.perf_counter()
            cache.look()
            looks.append(milliseconds(began))
            for number in range(20):
                keep(place, files + 20 * turn + number, chance.sample(keys, SHOWN))
            began = time.perf_counter()
            counts.append(cache.purge([chance.choice(keys)]))
            purges.append(milliseconds(began))
        assert max(counts) > 0
        print(f"a look when little changed: {statistics.median(looks):.0f} ms, at most {max(looks):.0f} ms")
        said = f"{statistics.median(purges):.0f} ms, at most {max(purges):.0f} ms"
        print(f"a purge of one key ({statistics.median(counts):.0f} answers), 20 answers new: {said}")
        began = time.perf_counter()
        cache.purge_everything()
        print(f"a purge of everything: {milliseconds(began):.0f} ms; the files are removed in the background")


if __name__ == "__main__":
    main()
