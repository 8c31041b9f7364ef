"""`alsoread evaluate`: how often each ranking finds what editors linked to."""

from pathlib import Path

import click

from recommender.errors import InvalidTruth
from recommender.evaluate import rankings, score
from recommender.fit import choices, fit
from recommender.policy import Policy, load_policy
from recommender.truth import newest_share
from service import console
from service.cli import Share, json_option, settings_from
from service.commands.truth_options import Measured, measured, read_archive, truth_options
from service.console import Tell

COLUMNS = ("ranking", "ndcg@5", "ndcg@10", "recall@10", "mrr", "sources")


@click.command()
@click.option("--articles", required=True, metavar="FILE", help="The archive, as for rebuild.")
@click.option(
    "--links", required=True, type=click.Path(path_type=Path), metavar="FILE", help="source_id, target_id by tab."
)
@truth_options
@click.option(
    "--test-fraction",
    type=Share(min_open=True),
    default=1.0,
    help="Score the newest share of the sources (1), and learn a policy from the older ones.",
)
@click.option(
    "--policy", type=click.Path(path_type=Path), metavar="FILE", help="Another policy for the shipped ranking."
)
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
    words, as search engines do it), shipped (ours, under the policy, without any links), and below a --test-fraction of 1
    fitted (ours, its weights learnt from the older sources, with the links of articles older than the one being scored).
    All over the same sources and candidates.

    \b
    Example:
      alsoread evaluate --articles articles.jsonl --links links.tsv --only-older --text-field text_without_links
    """
    settings = settings_from(data=data, policy=policy, model=model)
    rules = load_policy(settings.policy)
    with console.progress() as tell:
        found = measured(settings, read_archive(articles, fields), links, text_field, only_older, tell)
        cut = newest_share(len(found.tasks), test_fraction)
        if cut == len(found.tasks):
            raise InvalidTruth(f"{test_fraction:g} of {cut} sources are none; take a greater --test-fraction")
        rows = rankings(rules, _fitted(found, cut, rules, tell) if cut else None)
        scores = []
        for number, (name, ranking) in enumerate(rows.items()):
            tell("ranking", number, len(rows))
            scores.append(score(found.snapshot, found.tasks[cut:], name, ranking))
    figures = [(s.ranking, s.ndcg_5, s.ndcg_10, s.recall_10, s.mrr, s.sources) for s in scores]
    if as_json:
        for row in figures:
            console.print_json(
                dict(zip(COLUMNS, (round(v, 4) if isinstance(v, float) else v for v in row), strict=True))
            )
        return
    console.print_table(COLUMNS, [[f"{v:.3f}" if isinstance(v, float) else f"{v}" for v in row] for row in figures])


def _fitted(found: Measured, cut: int, rules: Policy, tell: Tell) -> Policy | None:
    """The policy learnt from the sources before the cut; none where they are too few."""
    slot = rules.slots["also-read"]
    made = choices(found.snapshot, found.tasks[:cut], slot, lambda done, total: tell("learning", done, total))
    try:
        return fit(found.snapshot, made, slot).policy(rules)
    except InvalidTruth as error:
        click.echo(f"no fitted row: {error}", err=True)
        return None
