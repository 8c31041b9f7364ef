"""What each part takes for so many articles: tables on the disk, processes in memory."""

import psutil
import psycopg

from benchmarks.grown_up.setting import GrownUp

TABLES = ("articles", "vectors", "served", "served_terms", "served_names", "served_links")


def sizes(running: GrownUp, articles: int) -> None:
    """Print them, by article where that says more."""
    print("| what | MB | bytes an article |\n| --- | --- | --- |")
    with psycopg.connect(running.address) as connection:
        for table in TABLES:
            (size,) = connection.execute("SELECT pg_total_relation_size(%s::text::regclass)", (table,)).fetchone() or (
                0,
            )
            print(f"| PostgreSQL, `{table}` with its indexes | {size / 1e6:,.0f} | {size / articles:,.0f} |")
    shown = {"Milvus": running.milvus.pid, "PostgreSQL": running.postgres_pid}
    shown |= {name: one.process.pid for name, one in running.processes.items() if one.process is not None}
    for name, pid in shown.items():
        size = _memory(pid)
        print(f"| memory of {name} (PSS) | {size / 1e6:,.0f} | {size / articles:,.0f} |")
    print(flush=True)


def _memory(pid: int) -> int:
    """Of a process and all that it started, in bytes; shared pages count by share."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(one.memory_full_info().pss for one in family)
