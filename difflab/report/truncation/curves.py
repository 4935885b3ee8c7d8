"""Exhibits 1 to 3 as tables and figures: pure functions of the tidy table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from difflab.chart import Chart, Figure, Mark, Series
from difflab.report.tables import curve, number, select, spell, text
from difflab.studies.truncation.curves import CURVES, expected_slopes

STYLE = {"central-6": "cse", "central-8": "symbolic:expanded", "backward": "sgd"}
"""Styles of schemes that have none of their own: fixed, so that figures agree."""

DRAWN = 5
"""Schemes in one figure, beside theory."""

BELOW = 30.0
"""Asymptotes are drawn down to this share of the predicted error."""

LEFT = 100.0
"""Figures begin at this share of the shortest best step."""

LONE = "central"
"""The scheme whose single point is shown."""

Table = list[dict[str, str]]


def style(scheme: str) -> str:
    """Key of the style that a scheme has in every figure."""
    return STYLE.get(scheme, scheme)


def schemes(table: pd.DataFrame, dtype: str = "float64") -> list[str]:
    """Schemes that have a curve in the table, in the order of their accuracy."""
    measured = select(table, kind="truncation", dtype=dtype, quantity="best error")["provider"]
    return [scheme for scheme in CURVES if scheme in set(measured)]


def drawn(table: pd.DataFrame, dtype: str = "float64") -> list[str]:
    """The stencils that a figure shows; the complex step has no V, and stands in the table."""
    stencils = [scheme for scheme in schemes(table, dtype) if scheme != "complex-step"]
    if len(stencils) > DRAWN:
        stencils = [scheme for scheme in stencils if scheme != "backward"]
    return stencils[:DRAWN] or schemes(table, dtype)


def error_chart(table: pd.DataFrame, names: Sequence[str], dtype: str = "float64") -> Chart:
    """Exhibit 1: error against step, both asymptotes, predicted and found optimum."""
    series, asymptotes, marks = [], [], []
    shortest = _shortest(table, names, dtype)
    for scheme in names:
        where = {"kind": "truncation", "dtype": dtype, "provider": scheme}
        at, error = curve(table, **where, quantity="error")
        at, error = at[at >= shortest], np.where(error > 0, error, np.nan)[at >= shortest]
        predicted = _optimum(table, where, "predicted", style(scheme))
        label = f"{scheme}, h* {spell(predicted.x)}" if predicted else scheme
        series.append(Series(label, tuple(at), tuple(error), style=style(scheme)))
        found = _optimum(table, where, "best", "loss")
        if predicted and found:
            marks += [predicted, found]
            window = (shortest, predicted.y / BELOW, 1.05 * float(np.nanmax(error)))
            asymptotes += _asymptotes(table, where, *window)
    x, y = zip(*asymptotes) if asymptotes else ((), ())
    series.append(Series("theory" if asymptotes else "", x, y, style="theory"))
    return Chart(
        f"{subject(table)}, {dtype}",
        "step h",
        "error (root mean square)",
        tuple(series),
        log_x=True,
        log_y=True,
        marks=tuple(marks),
    )


def _shortest(table: pd.DataFrame, names: Sequence[str], dtype: str) -> float:
    """Where a figure begins: further left all schemes are one line of slope -1."""
    found = select(table, kind="truncation", dtype=dtype, quantity="predicted step")
    steps = found[found["provider"].isin(names)]["value"].astype(float)
    return float(steps[steps > 0].min()) / LEFT if len(steps) else 0.0


def _optimum(table: pd.DataFrame, where: Mapping[str, str], kind: str, style: str) -> Mark | None:
    step = number(table, **where, quantity=f"{kind} step")
    error = number(table, **where, quantity=f"{kind} error")
    return Mark("", step, error, style) if 0 < step < np.inf and error > 0 else None


def _asymptotes(
    table: pd.DataFrame, where: Mapping[str, str], shortest: float, lowest: float, highest: float
) -> list[tuple[float, float]]:
    """Both asymptotes of a scheme as points of one line; NaN lifts the pen behind each."""
    points = []
    for quantity in ("truncation, theory", "round-off, theory"):
        at, bound = curve(table, **where, quantity=quantity)
        inside = (at >= shortest) & (bound > lowest) & (bound < highest)
        points += [*zip(at[inside].tolist(), bound[inside].tolist()), (np.nan, np.nan)]
    return points


def slope_chart(table: pd.DataFrame, names: Sequence[str], dtype: str = "float64") -> Chart:
    """Exhibit 2: the local slope, -1 where rounding rules and p where truncation does."""
    series = []
    for scheme in names:
        where = {"kind": "truncation", "dtype": dtype, "provider": scheme}
        at, slopes = curve(table, **where, quantity="local slope")
        series.append(Series(scheme, tuple(at), tuple(slopes), style=style(scheme)))
    return Chart("slope of the error", "step h", "d log error / d log h", tuple(series), log_x=True)


def luck_chart(table: pd.DataFrame, scheme: str, dtype: str = "float64") -> Chart:
    """Exhibit 3: the mean over many points beside one point, which can be lucky."""
    where = {"kind": "truncation", "dtype": dtype, "provider": scheme}
    lines = []
    for quantity, label, key in (
        ("error", "all points", scheme),
        ("error at one point", "one point", "loss"),
    ):
        at, error = curve(table, **where, quantity=quantity)
        shown = np.where(error > 0, error, np.nan)
        lines.append(Series(label, tuple(at), tuple(shown), style=style(key)))
    return Chart(
        f"{scheme}: mean and luck",
        "step h",
        "error of the derivative",
        tuple(lines),
        log_x=True,
        log_y=True,
    )


def _luck(times: float) -> str:
    """How its best error compares with that of all points."""
    return f"{spell(times)} x luckier" if times > 1 else "not luckier"


def figures(table: pd.DataFrame, dtype: str = "float64") -> tuple[Figure, ...]:
    """Exhibits 1, 2 and 3."""
    names = drawn(table, dtype)
    lone = LONE if LONE in names else names[0]
    return (
        Figure(
            "truncation",
            (error_chart(table, names, dtype),),
            "Error against step: truncation falls with the step to the scheme's order, rounding "
            "grows as 1/h, and the best step lies between. Dashed: both asymptotes, computed and "
            "not fitted. Rings: the optimum, predicted (coloured) and found (black).",
        ),
        Figure(
            "truncation-slopes",
            (slope_chart(table, names, dtype), luck_chart(table, lone, dtype)),
            "Left: the slope of the error is -1 where rounding rules, and the order of the scheme "
            "where truncation does. Right: one point can be many times luckier than the root mean "
            "square over all, and its best error is no reachable error.",
        ),
    )


def subject(table: pd.DataFrame) -> str:
    """What was differentiated."""
    return text(select(table, kind="truncation"), quantity="subject")


def tally(table: pd.DataFrame, dtype: str = "float64") -> str:
    """Say how many predictions held, which did not, and how many could not be put to the test."""
    rows = select(table, kind="truncation", dtype=dtype)
    rows = rows[rows["quantity"].str.endswith(", verdict")]
    held = int((rows["value"] == "within").sum())
    failed = rows[rows["value"].str.startswith("outside")]
    which = "; ".join(
        f"{scheme}: {quantity.removesuffix(', verdict')}"
        for scheme, quantity in zip(failed["provider"], failed["quantity"])
    )
    free = int((rows["value"] == "any short step").sum())  # where nothing is foretold
    untested = len(rows) - held - len(failed) - free
    return (
        f"predictions: {held} of {held + len(failed)} held"
        + (f"; outside are {which}" if which else "")
        + (f"; {untested} could not be put to the test, for the reasons given" if untested else "")
    )


def slopes_table(table: pd.DataFrame, dtype: str = "float64") -> Table:
    """Fitted slopes beside the expected ones, with verdicts."""
    lines = []
    for scheme in schemes(table, dtype):
        where = {"kind": "truncation", "provider": scheme, "dtype": dtype}
        rise, fall = expected_slopes(scheme)
        line = {"scheme": scheme, "dtype": dtype}
        for part, expected in (("truncation", rise), ("round-off", fall)):
            value = number(table, **where, quantity=f"{part} slope")
            error = number(table, **where, quantity=f"{part} slope, standard error")
            spread = "" if np.isnan(error) else f" ± {error:.3f}"
            line[f"{part} slope"] = "" if np.isnan(value) else f"{value:.3f}{spread}"
            line["expected" + " " * (part == "round-off")] = str(expected)
            line["verdict" + " " * (part == "round-off")] = text(
                table, **where, quantity=f"{part} slope, verdict"
            )
        lines.append(line)
    return lines


def optimum_table(table: pd.DataFrame, dtype: str = "float64") -> Table:
    """Predicted beside found optimum, with verdicts, the worst case, and the lucky point."""
    lines = []
    for scheme in schemes(table, dtype):
        where = {"kind": "truncation", "provider": scheme, "dtype": dtype}

        def value(quantity: str, where: dict[str, str] = where) -> str:
            return spell(number(table, **where, quantity=quantity))

        lines.append(
            {
                "scheme": scheme,
                "dtype": dtype,
                "predicted h*": value("predicted step"),
                "found": value("best step"),
                "verdict": text(table, **where, quantity="best step, verdict"),
                "predicted e*": value("predicted error"),
                "found ": value("best error"),
                "verdict ": text(table, **where, quantity="best error, verdict"),
                "worst case": value("worst-case error"),
                "one point alone": _luck(number(table, **where, quantity="times luckier")),
            }
        )
    return lines
