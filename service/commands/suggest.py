"""`alsoread also-read` and `alsoread more-in-section`: the same answers as over HTTP, on the terminal."""

import sys
from dataclasses import replace
from datetime import datetime
from math import log
from pathlib import Path

import click

from index.record_fields import parse_time
from index.urls import is_web_address
from recommender.errors import UnknownArticle
from recommender.policy import MAX_LIMIT, Slot
from recommender.question import Question
from recommender.recommend import Answer, Located, Recommender
from service import console
from service.answers import answer_record
from service.app import make_recommender
from service.cli import Command, data_option, json_option, settings_from
from service.parameters import utc_now


def moment(ctx: click.Context, parameter: click.Parameter, value: str | None) -> datetime:
    """What `--at` says; now, where it says nothing."""
    try:
        return parse_time(value) or utc_now()
    except ValueError:
        raise click.BadParameter(
            f"expected a date or date-time such as 2026-03-14, got {value!r}", ctx, parameter
        ) from None


def _options(command: Command) -> Command:
    for option in (
        json_option,
        click.option("--at", "now", callback=moment, metavar="DATE", help="Answer as of then (default: now)."),
        click.option("--explain", is_flag=True, help="Show how each score came about, feature by feature."),
        click.option("--no-fallback", is_flag=True, help="Only what is related; do not fill up."),
        click.option(
            "--limit", type=click.IntRange(1, MAX_LIMIT), help="How many suggestions (default: the policy's)."
        ),
        click.option("--policy", type=click.Path(path_type=Path), metavar="FILE", help="Another policy (TOML)."),
        data_option,
        click.argument("articles", nargs=-1, required=True, metavar="ID|URL..."),
    ):
        command = option(command)
    return command


def _command(slot: Slot, help_text: str) -> click.Command:
    """The command of one slot."""

    @click.command(slot, help=help_text)
    @_options
    def command(
        articles: tuple[str, ...],
        data: Path | None,
        policy: Path | None,
        limit: int | None,
        no_fallback: bool,
        explain: bool,
        now: datetime,
        as_json: bool,
    ) -> None:
        _print(slot, articles, data, policy, Question(now, limit, fallback=not no_fallback), explain, as_json)

    return command


also_read = _command(
    "also-read",
    """What a reader of an article should read next, and why.

    \b
    Examples:
      alsoread also-read 2026-03-14-flood-wall
      alsoread also-read https://www.example.com/news/flood-wall --limit 10 --json
    """,
)

more_in_section = _command(
    "more-in-section",
    """The best of an article's own section.

    \b
    Example:
      alsoread more-in-section 2026-03-14-flood-wall --limit 6
    """,
)


def _print(
    slot: Slot,
    articles: tuple[str, ...],
    data: Path | None,
    policy: Path | None,
    question: Question,
    explain: bool,
    as_json: bool,
) -> None:
    settings = settings_from(data=data, policy=policy)
    recommender = make_recommender(replace(settings, policy_b=None) if policy else settings)
    for article in articles:
        answer = _answer(recommender, slot, article, question)
        if as_json:
            console.print_json(answer_record(answer, explain))
        else:
            print_answer(answer)
            if explain:
                print_breakdowns(answer)


def _answer(recommender: Recommender, slot: Slot, article: str, question: Question) -> Answer:
    return recommender.suggest(slot, _locate(recommender, article, question.now), question)


def _locate(recommender: Recommender, article: str, now: datetime) -> Located:
    """By id, and where none is so and it is an address, by that: an id may itself be an address."""
    try:
        return recommender.locate_id(article, now)
    except UnknownArticle:
        if not is_web_address(article):
            raise
        return recommender.locate_url(article, now)


def print_answer(answer: Answer) -> None:
    """A list: cards on a terminal, otherwise a table; and a note where it is not what was asked for."""
    shown = answer.article
    place = _particulars(shown.get("section"), shown.get("published_at"))
    heading = f"{answer.slot}: {shown.get('title') or answer.article_id}{f' ({place})' if place else ''}"
    if sys.stdout.isatty():
        cards = [
            (
                f"{item.score:.3f}",
                item.card.get("title") or item.id,
                _particulars(item.card.get("section"), item.card.get("published_at"), item.source, item.id),
                "; ".join(item.reasons),
            )
            for item in answer.items
        ]
        console.print_cards(heading, cards)
    else:
        rows = [
            [
                str(number),
                f"{item.score:.3f}",
                item.id,
                item.card.get("title") or "",
                item.card.get("section") or "",
                (item.card.get("published_at") or "")[:10],
                item.source,
                "; ".join(item.reasons),
            ]
            for number, item in enumerate(answer.items, 1)
        ]
        console.print_table(["#", "score", "id", "title", "section", "date", "source", "why"], rows, heading)
    if answer.fallback:
        click.echo(f"note: {answer.fallback}")


def print_breakdowns(answer: Answer) -> None:
    """For each item the features that count, with value × weight = log-odds, and what its age takes away."""
    rows = [
        [str(number), share.feature, f"{share.value:.3f}", f"{share.weight:g}", f"{share.log_odds:+.3f}"]
        if share
        else [str(number), "age", f"{breakdown.freshness:.3f}", f"{breakdown.recency:g}", f"{aged:+.3f}"]
        for number, item in enumerate(answer.items, 1)
        if (breakdown := item.breakdown)
        for aged in [breakdown.recency * log(breakdown.freshness)]
        for share in (*(share for share in breakdown.shares if share.log_odds), None)
    ]
    console.print_table(["#", "feature", "value", "weight", "log-odds"], rows, "How the scores came about")


def _particulars(section: str | None, published_at: str | None, *more: str) -> str:
    return " · ".join(filter(None, (section, (published_at or "")[:10], *more)))
