"""The life of a real server: start, answers, a new index, a lost worker, the end; its size and its speed to ready."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
from helpers import article, rebuild_with
from ports import free_port
from server_process import running_server, start_server, wait_for

from index.embedder import WordHashEmbedder

pytestmark = [pytest.mark.server, pytest.mark.timed]


def pieces(count: int, edition: str = "") -> list[Any]:
    """Articles of a dozen words each; the first has hard characters in its id and an address with a query."""
    words = "river wall pump quay goal cup song vote mayor club school bridge ferry market".split()
    made = [
        article(
            f"a{n}",
            f"Piece {n}",
            " ".join(words[(n * k) % 14] for k in range(1, 13)) + f" {n} {edition}",
            section="news",
        )
        for n in range(count)
    ]
    hard = article(
        "2026/a b&c?d", "Hard", made[1].text + " hard", section="news", url="https://e.example/p?id=7&utm_source=x"
    )
    return [*made, hard]


def get(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(address, timeout=10) as response:
        return json.load(response)


def server_process(base: str) -> psutil.Process:
    port = int(base.rsplit(":", 1)[1])
    listening = [
        item.pid for item in psutil.net_connections("tcp") if item.laddr.port == port and item.status == "LISTEN"
    ]
    process = psutil.Process(min(pid for pid in listening if pid))
    parent = process.parent()
    return parent if parent is not None and "serve" in parent.cmdline() else process


def web_workers(parent: psutil.Process) -> list[psutil.Process]:
    return [child for child in parent.children() if "indexer" not in child.cmdline()]


def test_hard_ids_and_addresses_are_answered_over_real_http(data: Path):
    rebuild_with(data, pieces(30))
    with running_server(data) as base:
        for path in (
            "/v1/articles/2026%2Fa%20b%26c%3Fd/also-read",
            "/v1/articles/2026/a%20b&c%3Fd/also-read",
            f"/v1/also-read?id={quote('2026/a b&c?d', safe='')}",
            f"/v1/also-read?url={quote('http://E.example:80/p/?id=7&fbclid=1', safe='')}",
        ):
            answer = get(base + path)
            assert answer["article"]["id"] == "2026/a b&c?d", path
            assert len(answer["items"]) == 5


def test_every_worker_switches_to_a_new_index_within_two_seconds_and_no_request_fails(data: Path):
    rebuild_with(data, pieces(100))
    with running_server(data, workers=3) as base:
        old = get(f"{base}/health/ready")["generation"]
        new = rebuild_with(data, pieces(100, "again")).generation
        published = time.monotonic()
        seen_old = published
        while time.monotonic() < published + 3:
            generation = get(f"{base}/v1/articles/a1/also-read")["generation"]
            assert generation in (old, new)
            if generation == old:
                seen_old = time.monotonic()
        print(f"last answer from the old index {seen_old - published:.3f} s after publication")
        assert seen_old - published < 2


def test_before_the_first_index_it_says_503_and_after_it_answers_without_a_restart(data: Path):
    with running_server(data, workers=2, wait=False) as base:
        with pytest.raises(urllib.error.HTTPError) as refused:
            get(f"{base}/v1/articles/a1/also-read")
        assert (refused.value.code, refused.value.headers["Retry-After"]) == (503, "5")
        rebuild_with(data, pieces(20))
        deadline = time.monotonic() + 2
        answers = 0
        while answers < 20 and time.monotonic() < deadline:
            try:
                get(f"{base}/v1/articles/a1/also-read")
                answers += 1
            except urllib.error.HTTPError:
                answers = 0
        assert answers == 20


def test_a_killed_worker_is_replaced_and_the_end_leaves_no_process(data: Path):
    rebuild_with(data, pieces(20))
    port = free_port("127.0.0.1")
    process = start_server(data, port, workers=2)
    try:
        base = f"http://127.0.0.1:{port}"
        wait_for(f"{base}/health/ready", process)
        parent = psutil.Process(process.pid)
        web_workers(parent)[0].kill()
        answered = 0
        deadline = time.monotonic() + 15
        while answered < 30 and time.monotonic() < deadline:
            try:
                get(f"{base}/v1/articles/a1/also-read")
                answered += 1
            except OSError:
                time.sleep(0.05)
        assert answered == 30
        family = [parent, *parent.children(recursive=True)]
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(10) in (0, -signal.SIGTERM)
    _, alive = psutil.wait_procs(family, timeout=5)
    assert alive == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_control_c_on_a_terminal_which_reaches_the_whole_group_ends_it_at_once(data: Path, number: signal.Signals):
    rebuild_with(data, pieces(20))
    port = free_port("127.0.0.1")
    process = start_server(data, port, workers=2, own_group=True)
    wait_for(f"http://127.0.0.1:{port}/health/ready", process)
    time.sleep(0.5)
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    os.killpg(process.pid, number)
    assert process.wait(4) == 0
    _, alive = psutil.wait_procs(family, timeout=1)
    assert alive == []


def test_a_taken_port_is_said_in_one_line(data: Path):
    rebuild_with(data, pieces(3))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "service", "serve", "--data", str(data), "--port", port]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        ended = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=30)
    assert ended.returncode == 1
    assert ended.stderr == (
        f"alsoread: cannot listen on 127.0.0.1 port {port}: Address already in use; choose another with --port\n"
    )


def test_with_20_000_articles_it_is_ready_in_3_seconds_without_torch_and_workers_share_memory(data: Path):
    rebuild_with(data, pieces(20_000), WordHashEmbedder(384))
    memory: list[float] = []
    for workers in (1, 2, 3):
        began = time.monotonic()
        with running_server(data, workers=workers, indexer=False) as base:
            ready = time.monotonic() - began
            for number in range(0, 20_000, 100):
                get(f"{base}/v1/articles/a{number}/also-read")
            parent = server_process(base)
            family = [parent, *parent.children(recursive=True)]
            for process in family:
                assert not [row.path for row in process.memory_maps() if "torch" in row.path]
            memory.append(sum(process.memory_full_info().pss for process in family) / 2**20)
            print(f"{workers} workers: ready in {ready:.2f} s, {memory[-1]:.0f} MB PSS in all")
            assert ready < 3
    assert memory[1] - memory[0] <= 120
    assert memory[2] - memory[1] <= 120
