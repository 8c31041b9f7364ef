"""What compressing real answers costs and saves, by level; nothing is served.

python -m benchmarks.compression
"""

import gzip
import statistics
import tempfile
import time
from pathlib import Path

from flask.testing import FlaskClient

from index.article_record import FieldNames
from index.embedder import WordHashEmbedder
from index.rebuild import Options, rebuild
from index.sources.jsonl import JsonLines
from service.app import create_app
from service.demo.newspaper import newspaper
from service.settings import Settings

SIZES = (2_000, 10_000, 50_000)
LEVELS = (1, 4, 6, 9)
ROUNDS = 300

PATHS = (
    "/v1/articles/{}/also-read?limit=3",
    "/v1/articles/{}/also-read?limit=18",
    "/v1/articles/{}/also-read?limit=50&explain=true",
    "/v1/page?id={}&slots=also-read:50,more-in-section:50,background:50&repeat=true",
)


def answers(client: FlaskClient) -> dict[int, bytes]:
    """For each size the answer of the example newspaper that comes nearest to it."""
    found: dict[int, bytes] = {}
    with newspaper().open("rb") as lines:
        ids = [item.id for item in JsonLines("newspaper", lines, FieldNames()) if hasattr(item, "id")]
    for path in PATHS:
        for article_id in ids[::5]:
            body = client.get(path.format(article_id)).data
            for size in SIZES:
                found[size] = min(found.get(size, b""), body, key=lambda one, size=size: abs(len(one) - size))
    return found


def milliseconds(body: bytes, level: int) -> float:
    """The median time to compress a body."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        gzip.compress(body, level, mtime=0)
        took.append(time.perf_counter() - began)
    return 1_000 * statistics.median(took)


def main() -> None:
    """Print the table of docs/performance.md."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with newspaper().open("rb") as lines:
            rebuild(data, [JsonLines("newspaper", lines, FieldNames())], WordHashEmbedder(), Options())
        client = create_app(Settings(data=data)).test_client()
        print("| bytes | " + " | ".join(f"level {level}: ms | bytes" for level in LEVELS) + " |")
        for body in answers(client).values():
            cells = [f"{milliseconds(body, level):.3f} | {len(gzip.compress(body, level)):,}" for level in LEVELS]
            print(f"| {len(body):,} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
