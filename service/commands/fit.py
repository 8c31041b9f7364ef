"""`alsoread fit`: learn the ranker's weights from the links that a newsroom's editors placed."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from recommender.evaluate import as_served, score
from recommender.fit import MIN_SOURCES, Choice, choices
from recommender.fit import fit as fit_policy
from recommender.policy import Policy, load_policy
from recommender.policy_text import policy_text
from recommender.truth import newest_share
from service import console
from service.cli import json_option, settings_from
from service.commands.truth_options import Measured, measured, read_archive, truth_options
from service.errors import ServiceError

CHECKED = 0.25
"""The newest share of the sources on which a policy learnt from the others is checked, before all of them teach it."""


@click.command()
@click.option("--articles", required=True, metavar="FILE", help="The archive, as for rebuild.")
@click.option(
    "--links",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="source_id, target_id by tab (default: the links that the articles carry).",
)
@truth_options
@click.option("--policy", type=click.Path(path_type=Path), metavar="FILE", help="The policy to start from (TOML).")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write the policy (default: standard output).",
)
@click.option("--overwrite", is_flag=True, help="Replace the file that is there.")
@json_option
def fit(
    articles: str,
    links: Path | None,
    text_field: str | None,
    only_older: bool,
    policy: Path | None,
    model: str | None,
    data: Path | None,
    output: Path | None,
    overwrite: bool,
    fields: dict[str, str],
    as_json: bool,
) -> None:
    """Learn the ranker's weights from your editors' links, and write them as a policy file.

    Checks on the newest quarter of the linked articles what it learnt from the older ones, says how that compares with the
    policy it started from, and then learns from all. Articles older than the source are its candidates under --only-older.

    \b
    Examples:
      alsoread fit --articles articles.jsonl --links links.tsv --only-older --output policy.toml
      alsoread serve --policy policy.toml
    """
    _check_output(output, overwrite)
    settings = settings_from(data=data, policy=policy, model=model)
    start = load_policy(settings.policy)
    with console.progress() as tell:
        found = measured(settings, read_archive(articles, fields), links, text_field, only_older, tell)
        made = choices(
            found.snapshot, found.tasks, start.slots["also-read"], lambda done, total: tell("learning", done, total)
        )
        learnt = fit_policy(found.snapshot, made, start.slots["also-read"])
        checked = _check(found, made, start)
    verdict = (
        checked.verdict
        if checked
        else "There are too few articles with links to check what was learnt on some of them."
    )
    head = [
        f"Learnt from {learnt.links:,} links that editors placed in {learnt.sources:,} articles, by: alsoread fit",
        verdict,
        "What is not here is as shipped; any other setting may be added. What each means: docs/relevance.md.",
    ]
    text = policy_text(learnt.policy(start), head)
    if output:
        _write(output, text)
    if as_json:
        check = (
            {"ndcg@10_before": checked.before, "ndcg@10_after": checked.after, "checked": checked.sources}
            if checked
            else {}
        )
        learning = {"sources": learnt.sources, "links": learnt.links, **learnt.weights.model_dump()}
        ages = {"recency": learnt.recency, "half_life_days": learnt.half_life_days}
        console.print_json({**check, **learning, **ages, "output": str(output) if output else None})
        return
    click.echo(verdict, err=True)
    if output:
        click.echo(f"Wrote {output}; read a few lists under it: alsoread also-read ID --policy {output}", err=True)
    else:
        sys.stdout.write(text)


@dataclass(frozen=True, slots=True)
class _Checked:
    """nDCG@10 on the newest sources under the policy it started from, and under one learnt from the others."""

    before: float
    after: float
    sources: int

    @property
    def figures(self) -> dict[str, float]:
        return {"ndcg@10_before": self.before, "ndcg@10_after": self.after, "checked": self.sources}

    @property
    def verdict(self) -> str:
        better = (
            "better" if self.after > self.before else "no better: the policy that it started from serves you as well"
        )
        return (
            f"On the newest {self.sources} articles with links, learnt from the older ones: nDCG@10 {self.after:.3f}, "
            f"the policy that it started from {self.before:.3f}; {better}."
        )


def _check(found: Measured, made: Sequence[Choice], start: Policy) -> _Checked | None:
    """What a policy learnt from the older sources is worth on the newest; None where they are too few to learn from."""
    cut = newest_share(len(found.tasks), CHECKED)
    older = {id(task) for task in found.tasks[:cut]}
    known = [one for one in made if id(one.task) in older]
    if len(known) < MIN_SOURCES:
        return None
    learnt = fit_policy(found.snapshot, known, start.slots["also-read"]).policy(start)
    newest = found.tasks[cut:]
    before, after = (
        round(score(found.snapshot, newest, "", as_served(rules, with_links=True)).ndcg_10, 4)
        for rules in (start, learnt)
    )
    return _Checked(before, after, len(newest))


def _check_output(output: Path | None, overwrite: bool) -> None:
    """Refuse at once what could not be written after all the learning."""
    if output is None:
        return
    if not output.parent.is_dir():
        raise ServiceError(f"{output}: there is no folder {output.parent}; make it, or name another file with --output")
    if output.exists() and not overwrite:
        raise ServiceError(f"{output} is there already; replace it with --overwrite, or name another with --output")


def _write(output: Path, text: str) -> None:
    """Write beside it and rename, for a running service may be reading it."""
    beside = output.with_name(f".{output.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(output)
