"""The relevance tables as pictures: one forest plot a table, each value or difference with its 95 % interval."""

import re
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

OURS = "#0b6e4f"
OTHERS = "#7a7f87"
INK = "#22262b"

Table = tuple[str, Sequence[tuple[str, float, tuple[float, float], str]]]

DRAWN = {
    "newer half": "rankings",
    "Ablation of shipped": "ablation-shipped",
    "Ablation of fitted": "ablation-fitted",
}
"""Which tables are drawn, by a part of their heading, and the name of the file."""


def draw(tables: Sequence[Table], folder: Path) -> None:
    """Write `<name>.svg` for each table of `DRAWN` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    style = {"font.family": "sans-serif", "font.size": 10, "svg.fonttype": "path", "svg.hashsalt": "alsoread"}
    with mpl.rc_context(style):
        for heading, rows in tables:
            for part, name in DRAWN.items():
                if part in heading and (name != "rankings") == heading.startswith("Ablation"):
                    _forest(heading, rows, folder / f"{name}.svg", differences=heading.startswith("Ablation"))


def _forest(
    heading: str, rows: Sequence[tuple[str, float, tuple[float, float], str]], path: Path, differences: bool
) -> None:
    points = [_difference(row) if differences else (row[1], *row[2]) for row in rows]
    shown = [(row[0], point) for row, point in zip(rows, points, strict=True) if point is not None]
    figure, axes = plt.subplots(figsize=(7.2, 0.9 + 0.3 * len(shown)), facecolor="white")
    for place, (name, (value, low, high)) in enumerate(reversed(shown)):
        ours = (high < 0 or low > 0) if differences else name.startswith(("shipped", "fitted"))
        colour = OURS if ours else OTHERS
        axes.plot([low, high], [place, place], color=colour, linewidth=2, solid_capstyle="round")
        axes.plot([value], [place], "o", color=colour, markersize=6)
        axes.annotate(
            f"{value:+.3f}" if differences else f"{value:.3f}",
            (high, place),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=INK,
            fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    if differences:
        axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(shown)), [name for name, _ in reversed(shown)], color=INK)
    axes.set_ylim(-0.7, len(shown) - 0.3)
    axes.margins(x=0.12)
    axes.set_title(heading, loc="left", color=INK, fontsize=10, x=0)
    axes.set_xlabel("difference in nDCG@10, paired, 95 %" if differences else "nDCG@10, 95 %", color=INK)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False, colors=INK)
    axes.grid(axis="x", color="#e3e5e8", linewidth=0.8)
    axes.set_axisbelow(True)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _difference(row: tuple[str, float, tuple[float, float], str]) -> tuple[float, float, float] | None:
    """What the row's last cell says: `+0.010 (-0.020 to +0.040)`; None for the row that all are compared with."""
    numbers = [float(number) for number in re.findall(r"[+-]\d\.\d+", row[3])]
    return (numbers[0], numbers[1], numbers[2]) if len(numbers) == 3 else None
