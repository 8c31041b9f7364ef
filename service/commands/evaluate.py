"""`alsoread evaluate`: how often each ranking finds what editors linked to."""

from pathlib import Path

import click

from index.article import Article
from index.cached_embedder import CachedEmbedder
from index.rebuild import Options, rebuild
from index.sentence_transformer import make_embedder
from index.snapshot import current_generation, open_snapshot
from index.sources import open_source
from recommender.errors import InvalidTruth
from recommender.evaluate import make_tasks, rankings, read_links, score, subjects
from recommender.policy import load_policy
from service import console
from service.cli import Share, fields_option, json_option, settings_from

COLUMNS = ("ranking", "ndcg@5", "ndcg@10", "recall@10", "mrr", "sources")


@click.command()
@click.option("--articles", required=True, metavar="FILE", help="The archive, as for rebuild.")
@click.option(
    "--links", required=True, type=click.Path(path_type=Path), metavar="FILE", help="source_id, target_id by tab."
)
@click.option("--text-field", metavar="FIELD", help="Read the sources' text from here, such as one without its links.")
@click.option("--only-older", is_flag=True, help="A source sees only what was published before it.")
@click.option("--test-fraction", type=Share(min_open=True), default=1.0, help="Newest share of the sources (1).")
@click.option(
    "--policy", type=click.Path(path_type=Path), metavar="FILE", help="Another policy for the shipped ranking."
)
@click.option("--model", metavar="NAME", help="Embedding model by name or path (default: ALSOREAD_MODEL).")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where to keep the vectors for the next time (default: evaluation/ in the data folder; no archive there is touched).",
)
@fields_option
@json_option
def evaluate(
    articles: str,
    links: Path,
    text_field: str | None,
    only_older: bool,
    test_fraction: float,
    policy: Path | None,
    model: str | None,
    data: Path | None,
    fields: dict[str, str],
    as_json: bool,
) -> None:
    """Score the rankings against the links that editors placed by hand.

    Rows: dense (nearest neighbours of the embedding), lexical (terms alone), more-like-this (BM25 over the 25 strongest
    words, as search engines do it), shipped (ours, under the policy). All over the same sources and candidates.

    \b
    Example:
      alsoread evaluate --articles articles.jsonl --links links.tsv --only-older --text-field text_without_links
    """
    settings = settings_from(data=data, policy=policy, model=model)
    folder = settings.data / "evaluation"
    truth, rules = read_links(links), load_policy(settings.policy)
    archive = [item for item in open_source(articles, fields) if isinstance(item, Article)]
    tasks = make_tasks({article.id: article for article in archive}, truth, text_field, only_older, test_fraction)
    if not tasks:
        raise InvalidTruth(f"{links}: no link leads from one of these articles to another that a ranking may find")
    embedder = make_embedder(settings.model)
    with console.progress() as tell:
        rebuild(folder, [open_source(articles, fields)], embedder, Options(force=True), tell)
        snapshot = open_snapshot(folder, current_generation(folder))
        with CachedEmbedder(embedder, folder / "sources.sqlite") as cached:
            made = subjects(tasks, cached, only_older, lambda done, total: tell("embedding sources", done, total))
        scores = []
        for number, (name, ranking) in enumerate(rankings(rules).items()):
            tell("ranking", number, 4)
            scores.append(score(snapshot, made, name, ranking))
    figures = [(s.ranking, s.ndcg_5, s.ndcg_10, s.recall_10, s.mrr, s.sources) for s in scores]
    if as_json:
        for row in figures:
            console.print_json(
                dict(zip(COLUMNS, (round(v, 4) if isinstance(v, float) else v for v in row), strict=True))
            )
        return
    console.print_table(COLUMNS, [[f"{v:.3f}" if isinstance(v, float) else f"{v}" for v in row] for row in figures])
