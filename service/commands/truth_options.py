"""What `evaluate` and `fit` have in common: an archive, its editors' links, and an index of both to measure on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from index.article import Article
from index.cached_embedder import CachedEmbedder
from index.pointer import current_generation
from index.rebuild import Options, rebuild
from index.snapshot import Snapshot, open_snapshot
from index.sources import open_source
from index.sources.listed import Listed
from recommender.errors import InvalidTruth
from recommender.truth import (
    Links,
    Task,
    make_tasks,
    own_links,
    read_links,
    subjects,
    with_links,
    without_link_words,
)
from service.cli import Command, fields_option
from service.console import Tell
from service.embedders import embedder_named
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Measured:
    """An index of the archive, its links included, and the sources that can be scored, oldest first."""

    snapshot: Snapshot
    tasks: list[Task]


def truth_options(command: Command) -> Command:
    """`--text-field`, `--only-older`, `--policy`, `--model`, `--data`, `--field`."""
    for option in (
        fields_option,
        click.option(
            "--data",
            type=click.Path(file_okay=False, path_type=Path),
            metavar="DIR",
            help="Vectors are kept in evaluation/ in this folder for the next time (default: the data folder's).",
        ),
        click.option("--model", metavar="NAME", help="Embedding model by name or path (default: ALSOREAD_MODEL)."),
        click.option("--only-older", is_flag=True, help="A source sees only what was published before it."),
        click.option(
            "--text-field", metavar="FIELD", help="Read the sources' text from here, such as one without its links."
        ),
    ):
        command = option(command)
    return command


def read_archive(location: str, fields: Mapping[str, str]) -> dict[str, Article]:
    """The articles of an archive by id."""
    return {item.id: item for item in open_source(location, fields) if isinstance(item, Article)}


def measured(
    settings: Settings,
    articles: Mapping[str, Article],
    links_file: Path | None,
    text_field: str | None,
    only_older: bool,
    tell: Tell,
) -> Measured:
    """Index the archive with its links (of the file, or where there is none those that the articles carry), and embed the
    sources as their editors wrote them. Raises `InvalidTruth` where no link can be used."""
    links: Links = read_links(links_file) if links_file else own_links(articles)
    if text_field and not any(text_field in article.extra for article in articles.values()):
        raise InvalidTruth(
            f"--text-field: expected a field that some articles have, got {text_field!r}, which none has"
        )
    written = make_tasks(articles, links, text_field, only_older)
    if not written:
        raise InvalidTruth(
            f"{links_file or 'the articles'}: no link leads from one of these articles to another that a ranking may find"
        )
    _say_what_is_missing(articles, links)
    if links_file is None and text_field is None:
        written = [(without_link_words(source, (articles[t] for t in found)), found) for source, found in written]
    embedder = embedder_named(settings)(settings.model)
    folder = settings.data / "evaluation"
    rebuild(folder, [Listed(with_links(articles.values(), links))], embedder, Options(force=True), tell)
    snapshot = open_snapshot(folder, current_generation(folder))
    with CachedEmbedder(embedder, folder / "sources.sqlite") as cached:
        tasks = subjects(written, cached, only_older, lambda done, total: tell("embedding sources", done, total))
    return Measured(snapshot, tasks)


def _say_what_is_missing(articles: Mapping[str, Article], links: Links) -> None:
    """Links that name no article are counted out loud."""
    pairs = [(source, target) for source, targets in links.items() for target in targets]
    unknown = [(source, target) for source, target in pairs if source not in articles or target not in articles]
    if unknown:
        source, target = min(unknown)
        name = source if source not in articles else target
        click.echo(
            f"{len(unknown):,} of {len(pairs):,} links name an article that is not there, such as {name!r}", err=True
        )
