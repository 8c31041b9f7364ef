"""The three processes together: a service, nginx, the receiver of purges; and what is asked of them."""

import gzip
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

from article_life import archive, new_piece
from cache_hosts import Nginx, PurgingService, ask, nginx_program, running_nginx, running_purger
from ports import free_port
from service_fixtures import wait_until


class Front:
    """The three processes: a service, nginx, and the receiver of purges."""

    def __init__(self, folder: Path) -> None:
        nginx_program()
        self.purge_port = free_port("127.0.0.1")
        self.service = PurgingService(folder / "data", f"http://127.0.0.1:{self.purge_port}/")
        self.closing = ExitStack()
        self.closing.callback(self.service.kill)
        self.service.start()
        self.nginx: Nginx = self.closing.enter_context(running_nginx(folder / "nginx", self.service.port))
        self.start_purger()
        # everything is purged once at the start; what is cached before that would be lost to a test
        wait_until(lambda: self.service.ready()["purge"]["waiting"] == 0, 10, "the first purge")

    def start_purger(self) -> None:
        self.purger = ExitStack()
        self.purger.enter_context(running_purger(self.nginx.cache, self.purge_port))
        self.closing.push(self.purger)

    def publish(self, **fields: object) -> str:
        """Write a piece, wait until it is embedded and no purge of it is to come; gives its id."""
        record = new_piece(**fields)
        self.service.write("PUT", record["id"], record)
        path = f"/v1/articles/{quote(record['id'], safe='')}/also-read"
        wait_until(lambda: b"not embedded" not in ask(self.service.port, path)[2], 10, "embedding")
        self.settle()
        return str(record["id"])

    def settle(self) -> None:
        """Until every change was told."""

        def settled() -> bool:
            ready = self.service.ready()
            return ready["purge"]["waiting"] == 0 and ready["purge"]["seq"] == ready["changes"]["seq"]

        wait_until(settled, 10, "telling all changes")


def lists(limit: int = 50) -> list[str]:
    """Addresses of lists, pages, articles and fragments, seventy-five in all."""
    ids = [record["id"] for record in archive()]
    return [
        path
        for article_id in ids
        for path in (
            f"/v1/articles/{article_id}/also-read?limit={limit}",
            f"/v1/articles/{article_id}/more-in-section?limit={limit}",
            f"/v1/page?id={article_id}&slots=also-read:{limit},more-in-section:9",
            f"/v1/articles/{article_id}",
            f"/embed?id={article_id}&slots=also-read:{limit}",
        )
    ]


def plain(answer: tuple[int, dict[str, str], bytes]) -> bytes:
    return gzip.decompress(answer[2]) if answer[1].get("content-encoding") == "gzip" else answer[2]


def holding(nginx: Nginx, article_id: str, paths: list[str]) -> list[str]:
    """Those of the addresses whose answers show the article."""
    return [path for path in paths if f'"{article_id}"'.encode() in plain(nginx.get(path))]


class Failing:
    """In the service's place a server that fails."""

    def __init__(self, port: int, status: int) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Cache-Control", "no-store")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128

        self._server = Server(("127.0.0.1", port), Handler)

    def __enter__(self) -> None:
        Thread(target=self._server.serve_forever, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
