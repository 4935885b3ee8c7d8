"""Exhibits 6 to 9 as tables and figures: a network's coordinates, kinks, hardships, directions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from difflab.chart import MOST_SERIES, Chart, Figure, Series
from difflab.report.tables import curve, number, select, spell, text
from difflab.report.truncation.methods import scattered

BLOCK_STYLES = ("central-4", "central", "symbolic:cse", "forward", "symbolic:expanded", "loss")
HARDSHIP_STYLES = {
    "as it is": "central-4",
    "saturated": "symbolic:cse",
    "one input x 1000": "central",
    "float32": "loss",
}
KIND_STYLES = {"gaussian": "central-4", "rademacher": "central", "orthonormal": "symbolic:cse"}
KINK_STYLES = {
    "crossing, largest error": "central",
    "crossing, median error": "forward",
    "clean, largest error": "central-4",
    "clean, median error": "complex-step",
}
SHORTEST = 2.0**-24
"""Figures of kinks begin here: shorter stencils cross none."""

SHOWN_STEPS = tuple(2.0**-k for k in (4, 7, 10, 13, 16, 20))

Table = list[dict[str, str]]


def network(table: pd.DataFrame, exhibit: str) -> str:
    """Name of the network that an exhibit is about."""
    return text(table, kind="truncation", provider=exhibit, quantity="network")


def _named(table: pd.DataFrame, exhibit: str, suffix: str) -> list[str]:
    """What stands before a suffix in the quantities of an exhibit, in the order measured."""
    rows = select(table, kind="truncation", provider=exhibit)["quantity"]
    return sorted({name.removesuffix(suffix) for name in rows if name.endswith(suffix)})


def blocks(table: pd.DataFrame) -> list[str]:
    """Labels of the blocks, weights before biases of each layer."""
    found = _named(table, "coordinates", ", step")
    return sorted(found, key=lambda label: (label.rsplit(" ", 1)[0], "biases" in label))


def coordinates_chart(table: pd.DataFrame, how: str, title: str) -> Chart:
    """Exhibit 6: which relative error a share of each block's coordinates stays below."""
    series = []
    for label, style in zip(blocks(table), BLOCK_STYLES):
        where = {"kind": "truncation", "provider": "coordinates"}
        share, error = curve(table, **where, quantity=f"{label}, {how}")
        shown = np.where(error > 0, error, np.nan)
        series.append(Series(label, tuple(share), tuple(shown), style=style))
    return Chart(
        title, "share of the coordinates", "relative error, at most", tuple(series), log_y=True
    )


def coordinates_figure(table: pd.DataFrame) -> Figure:
    """Exhibit 6: one step for all beside a step per block."""
    one = number(table, kind="truncation", provider="coordinates", quantity="one step")
    return Figure(
        "truncation-coordinates",
        (
            coordinates_chart(table, "one step", f"one h = {spell(one)} for all coordinates"),
            coordinates_chart(table, "own step", "a step per block, chosen without the truth"),
        ),
        f"Relative errors of the gradient of {network(table, 'coordinates')} by central "
        "differences, block by block. Left: the one step with the least median error. Right: a "
        "step per block from eight sampled coordinates; the output layer has no truncation.",
    )


def kinks_figure(table: pd.DataFrame) -> Figure:
    """Exhibit 7: how many stencils cross a kink, and what it does to their errors."""
    where = {"kind": "truncation", "provider": "kinks"}
    shares, errors = [], []
    for name, style in zip(_named(table, "kinks", ", share"), BLOCK_STYLES):
        at, share = curve(table, **where, quantity=f"{name}, share")
        seen = at >= SHORTEST
        shares.append(Series(name, tuple(at[seen]), tuple(share[seen]), style=style))
    for name, style in KINK_STYLES.items():
        at, error = curve(table, **where, quantity=name)
        seen = (at >= SHORTEST) & (error > 0)
        label = name.removesuffix(" error")
        errors.append(Series(label, tuple(at[seen]), tuple(error[seen]), style=style))
    return Figure(
        "truncation-kinks",
        (
            Chart(
                network(table, "kinks"),
                "step h",
                "share of stencils across a kink",
                tuple(shares),
                log_x=True,
            ),
            Chart(
                "their errors",
                "step h",
                "relative error",
                tuple(errors),
                log_x=True,
                log_y=True,
            ),
        ),
        "Left: share of central stencils with a kink of relu between their ends, by layer. Right: "
        "relative errors of stencils that cross one, and of those that do not.",
    )


def hardships_figure(table: pd.DataFrame) -> Figure:
    """Exhibit 8: the same V under saturation, other units, and float32."""
    where = {"kind": "truncation", "provider": "hardships"}
    series = []
    for name, style in HARDSHIP_STYLES.items():
        at, error = curve(table, **where, quantity=f"{name}, error")
        shown = np.where(error > 0, error, np.nan)
        series.append(Series(name, tuple(at), tuple(shown), style=style))
    chart = Chart(
        network(table, "hardships"),
        "step h, the same for all coordinates",
        "relative error of 90 % at most",
        tuple(series),
        log_x=True,
        log_y=True,
    )
    return Figure(
        "truncation-hardships",
        (chart,),
        "Relative error that 90 % of the coordinates stay below, against the one step of central "
        "differences: the network as it is, with parameters eight times larger, with one input in "
        "units a thousand times smaller, and in float32.",
    )


def directions_figure(table: pd.DataFrame) -> Figure:
    """Exhibit 9: cosine to the gradient against the number of random directions."""
    where = {"kind": "truncation", "provider": "directions"}
    series: list[Series] = []
    x: list[float] = []
    y: list[float] = []
    for kind, style in KIND_STYLES.items():
        at, cosine = curve(table, **where, quantity=f"{kind}, cosine")
        measured = (scattered(at), scattered(cosine))
        series.append(Series(kind, *measured, style=style, markers=True))
        at, theory = curve(table, **where, quantity=f"{kind}, cosine, theory")
        x += [*at, np.nan]
        y += [*theory, np.nan]
    series.append(Series("theory", tuple(x), tuple(y), style="theory"))
    chart = Chart(
        network(table, "directions"),
        "random directions K",
        "cosine to the gradient",
        tuple(series[:MOST_SERIES]),
        log_x=True,
        log_y=True,
    )
    return Figure(
        "truncation-directions",
        (chart,),
        "Cosine between the gradient and its estimate from K random directions, measured and, "
        "dashed, foretold.",
    )


def coordinates_table(table: pd.DataFrame) -> Table:
    """Median and worst relative error of every block, with one step and with its own."""
    where = {"kind": "truncation", "provider": "coordinates"}

    def quantile(label: str, how: str, share: float) -> str:
        return spell(number(table, **where, quantity=f"{label}, {how}", at=share))

    return [
        {
            "block": label,
            "one step: median": quantile(label, "one step", 0.5),
            "worst": quantile(label, "one step", 1.0),
            "own step": spell(number(table, **where, quantity=f"{label}, step")),
            "median": quantile(label, "own step", 0.5),
            "worst ": quantile(label, "own step", 1.0),
        }
        for label in blocks(table)
    ]


def kinks_table(table: pd.DataFrame, steps: Sequence[float] = SHOWN_STEPS) -> Table:
    """Shares and errors at a few steps."""
    where = {"kind": "truncation", "provider": "kinks"}
    lines = []
    for step in steps:
        line = {"h": spell(step)}
        for name in _named(table, "kinks", ", share"):
            share = number(table, **where, quantity=f"{name}, share", at=step)
            line[f"{name} crosses"] = "" if np.isnan(share) else f"{share:.0%}"
        for name in KINK_STYLES:
            line[name] = spell(number(table, **where, quantity=name, at=step))
        lines.append(line)
    return lines


def hardships_table(table: pd.DataFrame) -> Table:
    """What the best one step reaches, and a step per block."""
    where = {"kind": "truncation", "provider": "hardships"}
    return [
        {
            "network": name,
            "best one step": spell(number(table, **where, quantity=f"{name}, step")),
            "error of 90 %": spell(number(table, **where, quantity=f"{name}, one step")),
            "with a step per block": spell(number(table, **where, quantity=f"{name}, own steps")),
        }
        for name in HARDSHIP_STYLES
    ]


def directions_table(table: pd.DataFrame) -> Table:
    """Measured beside foretold cosines."""
    where = {"kind": "truncation", "provider": "directions"}
    counts = sorted({at for kind in KIND_STYLES for at in _counts(table, kind)})
    lines = []
    for count in counts:
        line = {"K": f"{count:g}"}
        for kind in KIND_STYLES:
            found = number(table, **where, quantity=f"{kind}, cosine", at=count)
            theory = number(table, **where, quantity=f"{kind}, cosine, theory", at=count)
            line[kind] = spell(found, 3)
            line[f"theory{' ' * len(line)}"] = spell(theory, 3)
        lines.append(line)
    return lines


def _counts(table: pd.DataFrame, kind: str) -> list[float]:
    where = {"kind": "truncation", "provider": "directions", "quantity": f"{kind}, cosine"}
    return [float(at) for at in curve(table, **where)[0]]
