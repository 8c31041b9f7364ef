"""An embedder behind `/v1/embeddings`: the same vectors as here, whatever the server does, and never a wrong one."""

import logging
from collections.abc import Iterator

import numpy as np
import pytest
from embedding_server import Stub, serving

from index.embedder import WordHashEmbedder
from index.embedding import embed_what_can_be
from index.embedding_exchange import ANSWER_SECONDS, TextRefused
from index.errors import EmbedderAway, ModelMismatch, ModelMissing
from index.remote_embedder import BATCH_TEXTS, RemoteEmbedder, probe_of

TEXTS = [f"the flood wall number {number} holds" for number in range(3 * BATCH_TEXTS + 1)]
SECRET = "k3y-that-stands-nowhere"


class Clock:
    """Time that passes only where somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waited: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving(Stub()) as server:
        yield server


def remote(stub: Stub, patience: float = 30.0, clock: Clock | None = None, **given: str) -> RemoteEmbedder:
    clock = clock or Clock()
    return RemoteEmbedder(
        stub.url, stub.model.partition("@")[0], patience=patience, clock=clock, wait=clock.wait, **given
    )


def test_it_gives_the_vectors_that_the_model_gives_in_the_order_of_the_texts(stub: Stub) -> None:
    found = remote(stub).embed(TEXTS)
    assert np.array_equal(found, WordHashEmbedder(64).embed(TEXTS))
    assert sorted(map(len, stub.texts)) == [1, 32, 32, 32]
    assert remote(stub).embed([]).shape == (0, 64)


def test_vectors_have_length_1_whatever_the_server_makes_of_them(stub: Stub) -> None:
    stub.scale = 7.5
    found = remote(stub).embed(["flood wall", "", "gull"])
    assert np.allclose(found, WordHashEmbedder(64).embed(["flood wall", "", "gull"]), atol=1e-6)


def test_a_server_that_cannot_pack_numbers_writes_them_out(stub: Stub) -> None:
    stub.knows_base64 = False
    one = remote(stub)
    assert np.allclose(one.embed(["flood"]), WordHashEmbedder(64).embed(["flood"]))
    one.embed(["wall"])
    assert ["encoding_format" in call for call in stub.calls] == [True, False, False, False]


def test_the_model_is_what_was_asked_for_unless_the_server_names_its_weights(stub: Stub) -> None:
    assert remote(stub).model == "bge-small"
    stub.model = "bge-small@0123456789abcdef"
    assert remote(stub).model == "bge-small@0123456789abcdef"
    assert RemoteEmbedder(stub.url, "other").model == "other"
    assert remote(stub).dimension == 64


def test_the_key_goes_to_the_server_and_into_no_message(stub: Stub, caplog: pytest.LogCaptureFixture) -> None:
    stub.first = [(401, {}, {"error": {"message": "Invalid token"}})]
    with pytest.raises(
        ModelMissing, match=r"refuses our key \(401, Invalid token\); set ALSOREAD_EMBEDDER_KEY"
    ) as said:
        _ = remote(stub, key=SECRET).model
    assert stub.headers[0]["Authorization"] == f"Bearer {SECRET}"
    assert SECRET not in str(said.value) + caplog.text


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_tried_again_with_pauses_that_grow(
    stub: Stub, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    one = remote(stub, clock=clock)
    assert one.dimension == 64
    stub.first = [(status, {}, {"error": "busy"})] * 4
    assert one.embed(["flood"]).any()
    assert len(clock.waited) == 4
    assert clock.waited == sorted(clock.waited)
    assert caplog.text.count("trying again") == 1


def test_a_server_that_says_when_to_come_again_is_believed_up_to_a_minute(stub: Stub) -> None:
    clock = Clock()
    stub.first = [
        (503, {"Retry-After": "7"}, {}),
        (503, {"Retry-After": "99999"}, {}),
        (503, {"Retry-After": "soon"}, {}),
    ]
    remote(stub, 1_000.0, clock).embed(["flood"])
    assert clock.waited[:2] == [7.0, 60.0]
    assert clock.waited[2] < 2


def test_patience_ends_with_who_does_not_answer_and_why(stub: Stub) -> None:
    clock = Clock()
    stub.instead = lambda texts: (503, {}, {"message": "overloaded"})
    with pytest.raises(EmbedderAway, match=r"^the embedding server answers 503, overloaded$"):
        remote(stub, 30.0, clock).embed(["flood"])
    assert clock.now == pytest.approx(30.0)


def test_patience_counts_from_the_last_answer(stub: Stub) -> None:
    clock = Clock()
    one = remote(stub, 30.0, clock)
    one.embed(["flood"])
    clock.now = 1_000.0
    stub.first = [(503, {}, {})] * 3
    assert one.embed(["wall"]).any()


def test_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    with serving(Stub()) as gone:
        pass
    with pytest.raises(EmbedderAway, match="does not accept connections"):
        remote(gone, 1.0).embed(["flood"])
    with pytest.raises(EmbedderAway, match="is not known by that name"):
        RemoteEmbedder("http://nowhere.invalid/v1", "m", patience=0).embed(["flood"])
    assert ANSWER_SECONDS >= 60


def test_a_server_that_comes_back_is_noticed() -> None:
    stub = Stub()
    with serving(stub):
        one = remote(stub, 0.0)
        one.embed(["flood"])
    with pytest.raises(EmbedderAway):
        one.embed(["flood"])
    with serving(stub):
        assert one.embed(["flood"]).any()


def test_a_batch_that_is_too_large_is_parted(stub: Stub) -> None:
    stub.most_texts = 5
    assert np.array_equal(remote(stub).embed(TEXTS[:32]), WordHashEmbedder(64).embed(TEXTS[:32]))


def test_a_text_that_is_too_long_is_cut_and_costs_no_other(stub: Stub) -> None:
    stub.longest = 100
    texts = ["flood wall", "word " * 1_000, "gull"]
    found = remote(stub).embed(texts)
    assert np.array_equal(found, WordHashEmbedder(64).embed(["flood wall", texts[1][:312], "gull"]))


def test_a_text_that_is_refused_is_told_from_those_beside_it(stub: Stub) -> None:
    stub.instead = lambda texts: (422, {}, {"error": "poison"}) if any("poison" in text for text in texts) else None
    one = remote(stub)
    vectors, failed = embed_what_can_be(one, ["flood", "poison", "gull"])
    assert failed == [1]
    assert np.array_equal(vectors, WordHashEmbedder(64).embed(["flood", "gull"]))
    with pytest.raises(TextRefused, match="answers 422, poison"):
        one.embed(["poison"])


def test_numbers_that_are_none_cost_their_text_only(stub: Stub) -> None:
    def reply(texts: list[str]):
        record = stub.embedded(texts)
        for item in record["data"]:
            if "poison" in texts[item["index"]]:
                item["embedding"] = [None] * 64
        return 200, {}, record

    stub.instead = reply
    assert embed_what_can_be(remote(stub), ["flood", "poison", "gull"])[1] == [1]


@pytest.mark.parametrize(
    "body",
    [
        b"<html>hello</html>",
        b"[]",
        {"data": "none"},
        {"data": []},
        {"data": [{"embedding": []}]},
        {"data": [{"embedding": "%%%"}]},
        {"data": [{"index": 7, "embedding": [1.0, 0.0]}]},
        {"data": [{"index": "x", "embedding": [1.0, 0.0]}]},
        {"data": [{"embedding": [1.0, 0.0]}, {"embedding": [1.0, 0.0]}]},
        {"data": [{"embedding": [[1.0, 0.0]]}]},
        {"data": [3]},
        {"model": 3, "data": [{"embedding": [1.0, 0.0]}]},
    ],
)
def test_what_is_no_answer_is_refused(stub: Stub, body: object) -> None:
    stub.instead = lambda texts: (200, {}, body)
    with pytest.raises(ModelMismatch, match="embedding server"):
        _ = remote(stub).model


def test_a_redirect_takes_no_key_along(stub: Stub) -> None:
    stub.first = [(302, {"Location": "http://127.0.0.1:1/v1/embeddings"}, {})]
    with pytest.raises(ModelMissing, match="answers 302; is its address right"):
        _ = remote(stub, key=SECRET).model


def test_another_address_of_the_server_is_a_clear_error(stub: Stub) -> None:
    with pytest.raises(ModelMissing, match=r"has no model 'bge', or no /v1/embeddings at this address \(404\)"):
        _ = RemoteEmbedder(stub.url + "/extra", "bge").model
    assert RemoteEmbedder(stub.url + "/embeddings/", "bge").dimension == 64


def test_a_server_that_changes_its_model_on_the_way_is_away_and_no_text_is_blamed(stub: Stub) -> None:
    stub.model = "bge-small@0123456789abcdef"
    one = remote(stub)
    one.embed(["flood"])
    stub.model = "bge-small@fedcba9876543210"
    with pytest.raises(EmbedderAway, match="embeds with 'bge-small@fedcba9876543210' now, expected"):
        one.embed(["flood"])
    stub.model, stub.embedder = "bge-small@0123456789abcdef", WordHashEmbedder(32)
    with pytest.raises(EmbedderAway, match="vectors of 32 numbers now, expected 64"):
        one.embed(["flood"])


def test_a_probe_tells_a_model_only_where_it_runs_elsewhere(stub: Stub) -> None:
    probe = probe_of(remote(stub))
    assert probe is not None
    assert np.array_equal(probe, WordHashEmbedder(64).embed(["ready"]))
    assert probe_of(WordHashEmbedder(64)) is None


def test_what_a_server_says_is_shown_in_one_line_and_not_at_length(
    stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    stub.first = [(400, {}, {"detail": "wrong\n\x1b[31m" + "x" * 5_000})]
    with caplog.at_level(logging.WARNING), pytest.raises(TextRefused) as said:
        remote(stub).embed(["flood"])
    assert len(str(said.value)) < 250
    assert "\n" not in str(said.value)
    assert "\x1b" not in str(said.value)
