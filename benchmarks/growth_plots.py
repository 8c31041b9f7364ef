"""How each thing grows with the archive, as pictures: a line for this service and one for each rival."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import matplotlib.ticker

from benchmarks.machine import CACHE
from benchmarks.plots import INK, OTHERS, OURS
from benchmarks.results import load

Line = Sequence[tuple[int, float]]
"""Points: articles, and the figure."""

MARKERS = "sD^vPX*<"
STYLES = ("-", "--", "-.", ":")


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure of some rows of a family, by size; both axes logarithmic."""

    name: str
    title: str
    family: str
    figure: str
    unit: str
    rows: Mapping[str, str]
    """Each row's name, and what its line is called; ours are those called by a name that begins with "this"."""


def _by_filter(kind: str, *others: str) -> dict[str, str]:
    shares = ("all", "50 % (half of the dates)", "5 % (a section)", "0.5 % (a section)")
    rows = {f"{kind} · {share} · ours": f"this service, {share.split(' (')[0]}" for share in shares}
    return rows | {f"{kind} · all · {other}": f"{other}, all" for other in others}


PICTURES = (
    Picture(
        "growth-cold",
        "A cold answer over HTTP, 99th percentile",
        "http",
        "p99",
        "ms",
        {
            "cold · this service": "this service",
            "cold · this service, more in a section of 0.5 %": "this service, more in a section of 0.5 %",
            "cold · Flask + FAISS + gunicorn, 40 lines": "Flask + FAISS, 40 lines",
            "cold · PostgreSQL + pgvector, HNSW": "pgvector, HNSW",
            "cold · PostgreSQL + pgvector, exact": "pgvector, exact",
            "cold · Chroma's server": "Chroma",
            "cold · Milvus, its server": "Milvus",
            "cold · Milvus Lite": "Milvus Lite",
        },
    ),
    Picture(
        "growth-meaning",
        "Finding the nearest in meaning, by what a filter keeps, median",
        "retrieval",
        "processor p50",
        "ms of the processor",
        _by_filter("meaning", "NumPy", "FAISS flat", "FAISS HNSW"),
    ),
    Picture(
        "growth-terms",
        "Finding those that share most terms, by what a filter keeps, median",
        "retrieval",
        "processor p50",
        "ms of the processor",
        _by_filter("terms", "every posting"),
    ),
    Picture(
        "growth-rebuild",
        "A rebuild without embedding, by what changed",
        "rebuild",
        "seconds",
        "s",
        {
            "from nothing": "from nothing",
            "10% changed": "this: 10 % changed",
            "1% changed": "this: 1 % changed",
            "0% changed": "this: nothing changed",
        },
    ),
    Picture(
        "growth-memory",
        "Memory of all processes (PSS)",
        "footprint",
        "MB",
        "MB",
        {f"{count}": f"this service, {count}" for count in ("1 worker", "2 workers", "3 workers")},
    ),
    Picture(
        "growth-start",
        "From start to ready, two workers",
        "footprint",
        "ready seconds",
        "s",
        {"2 workers": "this service"},
    ),
)


def draw(folder: Path, kept: Path = CACHE) -> dict[str, str]:
    """Write a picture of each that was measured at two sizes at least; gives their titles by their names."""
    folder.mkdir(parents=True, exist_ok=True)
    style = {"font.family": "sans-serif", "font.size": 10, "svg.fonttype": "path", "svg.hashsalt": "alsoread"}
    drawn = {}
    with mpl.rc_context(style):
        for picture in PICTURES:
            lines = lines_of(picture, kept)
            if any(len(points) > 1 for points in lines.values()):
                _draw(picture, lines, folder / f"{picture.name}.svg")
                drawn[picture.name] = picture.title
    return drawn


def lines_of(picture: Picture, kept: Path = CACHE) -> dict[str, Line]:
    """The points of each line, by size."""
    results = load(picture.family, kept)
    if results is None:
        return {}
    sizes = sorted({row.size for row in results.rows})
    lines: dict[str, Line] = {}
    for row, name in picture.rows.items():
        values = [(size, results.figure(row, size, picture.figure)) for size in sizes]
        points = [(size, value) for size, value in values if value is not None and value > 0]
        if points:
            lines[name] = points
    return lines


def _draw(picture: Picture, lines: Mapping[str, Line], path: Path) -> None:
    figure, axes = plt.subplots(figsize=(7.2, 4.2), facecolor="white")
    for at, (name, points) in enumerate(lines.items()):
        ours = name.startswith("this")
        axes.plot(
            *zip(*points, strict=True),
            marker="o" if ours else MARKERS[at % len(MARKERS)],
            color=OURS if ours else OTHERS,
            alpha=1 - 0.16 * (at % 5) if ours else 0.9,
            linewidth=2 if ours else 1.2,
            linestyle="-" if ours else STYLES[at % len(STYLES)],
            markersize=5,
            label=name.removeprefix("this: "),
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("articles", color=INK)
    axes.set_ylabel(picture.unit, color=INK)
    axes.set_title(picture.title, loc="left", color=INK, fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(which="major", color="#e3e5e8", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_major_locator(mpl.ticker.LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    axes.yaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    axes.yaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.legend(frameon=False, fontsize=8.5, labelcolor=INK, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.savefig(path, metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    plt.close(figure)
