"""Exhibits 4 and 5 as tables and figures: error against evaluations, estimated against true."""

from __future__ import annotations

import numpy as np
import pandas as pd

from difflab.chart import Chart, Figure, Mark, Series
from difflab.numeric.stencils import SCHEMES
from difflab.report.tables import curve, number, select, spell, text

FAMILIES = {
    "theory's step": "central-4",
    "usual step": "central",
    "Richardson": "symbolic:cse",
    "plug-in step": "forward",
    "with its own bar": "symbolic:expanded",
    "ladder": "loss",
    "exact": "complex-step",
}
"""Families of methods, with the key of the style each has."""

TOGETHER = {"ladder": "with its own bar"}
"""The ladder is one point, at the end of the line of the methods that bring an error bar."""

OWN_BARS = "stencils, own bars"

ESTIMATES = {
    "two steps": "central",
    "Richardson": "symbolic:cse",
    OWN_BARS: "symbolic:expanded",
    "ladder": "loss",
}
"""Kinds of error bars, in the same way; all stencils, and the plug-in step, are one."""

STENCILS = tuple(f"{scheme}, own bar" for scheme in (*SCHEMES, "plug-in"))

LEAST = 1e-20
"""Errors of exactly 0 stand here on logarithmic axes."""

Table = list[dict[str, str]]


def spent(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of exhibit 4, with the columns family and method beside the measured ones."""
    rows = select(table, kind="truncation", provider="methods")
    named = [name.partition(": ") for name in rows["quantity"]]
    rows = rows.assign(
        family=[family for family, _, _ in named], method=[method for _, _, method in named]
    )
    return rows[rows["method"] != ""]


def methods_chart(table: pd.DataFrame) -> Chart:
    """Exhibit 4: what each further evaluation buys."""
    rows, series, marks = spent(table), [], []
    drawn = rows.assign(family=rows["family"].replace(TOGETHER))
    for family, style in FAMILIES.items():
        mine = drawn[drawn["family"] == family]
        at, error = mine["at"].astype(float), mine["value"].astype(float)
        if family in TOGETHER:
            alone = rows[rows["family"] == family]
            points = zip(alone["at"].astype(float), alone["value"].astype(float))
            marks += [Mark(family, x, max(y, LEAST), style) for x, y in points]
        elif len(mine):
            # of two with equal cost the worse one first, so that the line goes down
            x, y = zip(*sorted(zip(at, np.maximum(error, LEAST)), key=lambda p: (p[0], -p[1])))
            series.append(Series(family, x, y, style=style, markers=True))
    subject = text(select(table, kind="truncation", provider="methods"), quantity="subject")
    return Chart(
        subject,
        "evaluations per derivative",
        "error (root mean square)",
        tuple(series),
        log_x=True,
        log_y=True,
        marks=tuple(marks),
    )


def doubts_chart(table: pd.DataFrame) -> Chart:
    """Exhibit 5: estimated against true error; below the diagonal an error bar lies."""
    where = {"kind": "truncation", "provider": "error bars"}
    series, seen = [], [1e-16]
    for method, style in ESTIMATES.items():
        pairs = [curve(table, **where, quantity=name) for name in _named(method)]
        true, estimated = (np.concatenate(part) for part in zip(*pairs))
        # the label stands behind the last point: where the cloud ends
        order = np.argsort(true, kind="stable")
        true, estimated = true[order], estimated[order]
        shown = (true > 0) & (estimated > 0)
        if np.any(shown):
            x, y = scattered(true[shown]), scattered(estimated[shown])
            series.append(Series(method, x, y, style=style, markers=True))
            seen += [*true[shown], *estimated[shown]]
    ends = (min(seen), max(seen))
    series.append(Series("equal", ends, ends, style="theory"))
    return Chart(
        "can an error bar be believed?",
        "true error",
        "estimated error",
        tuple(series),
        log_x=True,
        log_y=True,
    )


def _named(kind: str) -> tuple[str, ...]:
    """Names of the error bars of a kind, as the study has them."""
    return STENCILS if kind == OWN_BARS else (kind,)


def scattered(values: np.ndarray) -> tuple[float, ...]:
    """Points without lines: NaN between them lifts the pen.

    Examples
    --------
    >>> scattered(np.array([1.0, 2.0]))
    (1.0, nan, 2.0)
    """
    return tuple(np.stack([values, np.full(len(values), np.nan)], axis=1).ravel()[:-1].tolist())


def figure(table: pd.DataFrame) -> Figure:
    """Exhibits 4 and 5 side by side."""
    return Figure(
        "truncation-methods",
        (methods_chart(table), doubts_chart(table)),
        "Left: error against evaluations of the function, for every method; the usual step needs "
        "no knowledge, theory's knows the true higher derivative; the ring is the ladder, which "
        "takes no step and brings an error bar. Right: estimated against true error; points below "
        "the diagonal are errors larger than their bar.",
    )


def methods_table(table: pd.DataFrame) -> Table:
    """Error and evaluations of every method."""
    slope = number(table, kind="truncation", provider="methods", quantity="slope")
    rows = spent(table)
    order = {family: rank for rank, family in enumerate(FAMILIES)}
    lines = sorted(
        zip(rows["family"], rows["at"], rows["method"], rows["value"]),
        key=lambda row: (order.get(row[0], len(order)), float(row[1])),
    )
    return [
        {
            "method": family,
            "scheme": method,
            "evaluations": f"{float(evaluations):g}",
            "error": spell(float(error)),
            "relative": spell(float(error) / slope),
        }
        for family, evaluations, method, error in lines
    ]


def doubts_table(table: pd.DataFrame) -> Table:
    """How often every error bar covers the truth, and how wide it is."""
    where = {"kind": "truncation", "provider": "error bars"}
    lines = []
    for method in (name for kind in ESTIMATES for name in _named(kind)):
        covered = number(table, **where, quantity=f"{method}, covered")
        if np.isnan(covered):
            continue
        width = number(table, **where, quantity=f"{method}, estimated / true")
        lines.append(
            {
                "error bar": method,
                "covers the truth": f"{covered:.0%}",
                "estimated / true, median": spell(width),
            }
        )
    return lines
