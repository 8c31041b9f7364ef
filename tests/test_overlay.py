"""What changed since a snapshot is served as a rebuild would serve it: the same articles, terms, links and copies."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from helpers import CountingEmbedder, article, examples, opened, rebuild_with
from hypothesis import given
from hypothesis import strategies as st
from test_rebuild_properties import IDS, archives, articles, facts

from index.article import Article
from index.article_writes import delete_article, put_articles
from index.catalogue import Catalogue, place_of
from index.change_log import changes_after, load_rows, not_embedded
from index.embedder import RECIPE
from index.overlay import Overlay
from index.rebuild import Options, rebuild
from index.snapshot import Snapshot

EMBEDDER = CountingEmbedder()

Step = Article | str
"""An article to write, or the id of one to remove."""

steps = st.lists(
    st.one_of(
        st.sampled_from(IDS).flatmap(articles),
        st.sampled_from(IDS),
        st.sampled_from(IDS).map(lambda one: article(one, "Gone", status="unpublished")),
    ),
    max_size=8,
)


def write(catalogue: Catalogue, step: Step) -> None:
    if isinstance(step, str):
        delete_article(catalogue, step)
        return
    put_articles(catalogue, [step])
    missing = not_embedded(catalogue.engine, EMBEDDER.model, RECIPE, 100)
    if missing:
        hashes, texts = zip(*missing, strict=True)
        catalogue.keep_vectors(hashes, EMBEDDER.embed(texts), EMBEDDER.model, RECIPE, log=True)


def follow(catalogue: Catalogue, overlay: Overlay, seq: int) -> tuple[Overlay, int]:
    changes = changes_after(catalogue.engine, seq)
    hidden = overlay.without({change.article_id for change in changes if change.hidden})
    recipe = overlay.base.manifest.recipe
    ids = sorted({change.article_id for change in changes})
    rows = load_rows(catalogue.engine, ids, recipe.model, recipe.dimension, recipe.text)
    return hidden.changed(rows), changes[-1].seq if changes else seq


def after(data: Path, given: Sequence[Step], at_once: int) -> Snapshot:
    overlay, seq = Overlay.over(opened(data)), 0
    with Catalogue.open(place_of(data)) as catalogue:
        for number, step in enumerate(given, start=1):
            write(catalogue, step)
            if number % at_once == 0:
                overlay, seq = follow(catalogue, overlay, seq)
        overlay, seq = follow(catalogue, overlay, seq)
    return overlay.view


@examples(15)
@given(start=archives, given_steps=steps, at_once=st.sampled_from([1, 3]))
def test_after_any_writes_it_is_served_as_a_rebuild_would_serve_it(
    tmp_path_factory, start: tuple[Article, ...], given_steps: list[Step], at_once: int
) -> None:
    data = tmp_path_factory.mktemp("live") / "data"
    rebuild_with(data, start, embedder=EMBEDDER)
    view = after(data, given_steps, at_once)
    rebuild(data, [], EMBEDDER, Options(checks=()))
    assert dict(facts(view)) == dict(facts(opened(data)))
    shutil.rmtree(data)
