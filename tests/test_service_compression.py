"""Compression: who takes gzip gets it, both forms can be asked for again, and nothing else changes."""

import gzip
from pathlib import Path

import pytest
from service_fixtures import Service, small_archive, subject_words

from service.compression import LEAST_BYTES

ALSO = "/v1/articles/flood-1/also-read?limit=4"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return Service(tmp_path_factory.mktemp("data")).publish(small_archive())


def plain(service: Service, path: str = ALSO) -> bytes:
    return service.get(path).data


@pytest.mark.parametrize(
    ("accepted", "zipped"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", False),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1, gzip;q=0.2", True),
        ("*", True),
        ("gzip;q=1, identity;q=0.5", True),
        ("gzip;q=0.5, identity;q=0.5", True),
        ("identity;q=0, gzip", True),
        ("*;q=0, gzip;q=0.1", True),
        ("", False),
        ("br", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("gzip;q=0.4, identity;q=0.5", False),
        ("gzip;q=nonsense", False),
        ("\xff", False),
    ],
)
def test_gzip_is_sent_to_who_takes_it(service: Service, accepted: str, zipped: bool):
    response = service.client.get(ALSO, headers={"Accept-Encoding": accepted})
    assert response.status_code == 200
    assert response.headers.get("Content-Encoding") == ("gzip" if zipped else None)
    assert response.headers["Vary"] == "Accept-Encoding"
    assert int(response.headers["Content-Length"]) == len(response.data)
    body = gzip.decompress(response.data) if zipped else response.data
    assert body == plain(service)
    assert not zipped or len(response.data) < len(body) / 2


def test_equal_answers_are_equal_bytes_in_either_form(service: Service):
    first, second = (service.client.get(ALSO, headers={"Accept-Encoding": "gzip"}) for _ in range(2))
    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]


def test_a_short_body_is_sent_as_it_is_unless_that_is_refused(service: Service):
    path = "/v1/articles/nobody"
    assert len(plain(service, path)) < LEAST_BYTES
    taken = service.client.get(path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in taken.headers
    assert taken.headers["Vary"] == "Accept-Encoding"
    refused = service.client.get(path, headers={"Accept-Encoding": "gzip, identity;q=0"})
    assert gzip.decompress(refused.data) == plain(service, path)


def test_each_form_has_its_etag_and_is_known_again_by_it_only(service: Service):
    zipped = service.client.get(ALSO, headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    bare = service.get(ALSO).headers["ETag"]
    assert zipped != bare

    def status(known: str, accepted: str) -> int:
        return service.client.get(ALSO, headers={"If-None-Match": known, "Accept-Encoding": accepted}).status_code

    assert [status(zipped, "gzip"), status(bare, "identity")] == [304, 304]
    assert [status(bare, "gzip"), status(zipped, "identity")] == [200, 200]
    assert status(f"{bare}, {zipped}", "gzip") == status(f"W/{zipped}", "gzip") == status("*", "gzip") == 304


def test_a_304_names_the_form_and_nothing_was_compressed_for_it(service: Service, monkeypatch: pytest.MonkeyPatch):
    for _ in ("worked out", "kept"):
        etag = service.client.get(ALSO, headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    monkeypatch.setattr(gzip, "compress", None)
    again = service.client.get(ALSO, headers={"Accept-Encoding": "gzip", "If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == etag
    assert again.headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in again.headers


@pytest.mark.parametrize("path", [ALSO, "/health/ready", "/v1/articles/" + "x" * 700])
@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_head_gives_the_headers_of_get_in_either_form(service: Service, path: str, accepted: str):
    headers = {"Accept-Encoding": accepted}
    got, head = service.client.get(path, headers=headers), service.client.head(path, headers=headers)
    assert head.data == b""
    assert dict(head.headers) == dict(got.headers)


def test_a_long_problem_is_compressed_too(service: Service):
    path = "/v1/articles/" + "x" * 700
    response = service.client.get(path, headers={"Accept-Encoding": "gzip, identity;q=0"})
    assert response.status_code == 404
    assert gzip.decompress(response.data) == plain(service, path)


def test_another_content_has_another_etag_in_either_form(tmp_path: Path):
    service = Service(tmp_path).publish(small_archive())
    before = [service.client.get(ALSO, headers={"Accept-Encoding": form}).headers["ETag"] for form in ("gzip", "br")]
    changed = [
        {**one, "title": "Changed", "text": subject_words("flood", 9)} if one["id"] == "flood-2" else one
        for one in small_archive()
    ]
    service = Service(tmp_path).publish(changed)
    after = [service.client.get(ALSO, headers={"Accept-Encoding": form}).headers["ETag"] for form in ("gzip", "br")]
    assert len({*before, *after}) == 4
