"""Card: the V curve, the error of a difference quotient against its step."""

from __future__ import annotations

import numpy as np
import pandas as pd

from difflab.lab.profiles import SCHEMES
from difflab.report.card import Card
from difflab.report.chart import Chart, Figure, Mark, Series
from difflab.report.tables import absence, curve, number, spell
from difflab.studies.truncation import DIGITS, POINTS

EXPECTED = {"forward": 1, "central": 2, "central-4": 4, "complex-step": 2}
"""Order of each scheme: the slope of its truncation error."""

THEORY = "central"
"""The scheme whose asymptotes are drawn; all of them are in the table of measurements."""


def figure(table: pd.DataFrame) -> Figure:
    """Error against step for every scheme, with theory's asymptotes for one."""
    where = {"kind": "truncation", "dtype": "float64"}
    series, marks, errors = [], [], []
    for scheme in SCHEMES:
        at, error = curve(table, **where, provider=scheme, quantity="error")
        if len(at):
            series.append(Series(scheme, tuple(at), tuple(error)))
            errors.append(error)
    lowest = min(float(error[error > 0].min()) for error in errors)
    highest = max(float(error.max()) for error in errors)
    for quantity, label in (("truncation, theory", "theory"), ("round-off, theory", "")):
        at, bound = curve(table, **where, provider=THEORY, quantity=quantity)
        inside = (bound > lowest) & (bound < highest)
        series.append(Series(label, tuple(at[inside]), tuple(bound[inside]), style="theory"))
    for scheme in SCHEMES[:3]:
        best = number(table, **where, provider=scheme, quantity="predicted step")
        least = number(table, **where, provider=scheme, quantity="predicted error")
        marks.append(Mark(f"h* = {best:.1e}", best, least, scheme))
    chart = Chart(
        "dL/dw2 of the simplest network",
        "step h",
        f"error of dL/dw2 (RMS of {POINTS} points)",
        tuple(series),
        log_x=True,
        log_y=True,
        marks=tuple(marks),
    )
    return Figure(
        "truncation",
        (chart,),
        "Error against step: truncation falls with the step to the scheme's order, rounding grows "
        "as 1/h, and the best step lies between. Rings: predicted optimum. The complex step "
        "subtracts nothing, so nothing grows.",
    )


def row(table: pd.DataFrame, scheme: str, dtype: str) -> dict[str, str]:
    """Prediction beside measurement for one scheme."""
    where = {"kind": "truncation", "provider": scheme, "dtype": dtype}

    def slope(name: str) -> str:
        value = number(table, **where, quantity=f"{name} slope")
        error = number(table, **where, quantity=f"{name} slope, standard error")
        return f"{value:.3f}" if np.isnan(error) else f"{value:.3f} ± {error:.3f}"

    return {
        "scheme": scheme,
        "dtype": dtype,
        "truncation slope": slope("truncation"),
        "expected": f"{EXPECTED[scheme]}",
        "round-off slope": slope("round-off"),
        "expected ": "0" if scheme == "complex-step" else "-1",
        "predicted step": spell(number(table, **where, quantity="predicted step")),
        "best step": spell(number(table, **where, quantity="best step")),
        "predicted error": spell(number(table, **where, quantity="predicted error")),
        "best error": spell(number(table, **where, quantity="best error")),
    }


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    rows = [
        row(table, scheme, dtype)
        for dtype in ("float64", "float32")
        for scheme in SCHEMES
        if not absence(table, kind="truncation", provider=scheme, dtype=dtype)
    ]
    best = {r["scheme"]: r["best error"] for r in rows if r["dtype"] == "float64"}
    takeaway = (
        f"However the step is chosen, forward differences end at an error of "
        f"{best['forward']}, central at {best['central']}, fourth order at {best['central-4']}. "
        "Theory predicts both the step and the error; asymptotes are computed, not fitted."
    )
    method = (
        f"The derivative in w2 at {POINTS} points around the lecture's fixture; truth from "
        f"{DIGITS}-digit arithmetic. Truncation asymptote: error constant times h^p times the "
        "true higher derivative. Round-off asymptote: the noise of the loss over h. Slopes are "
        "fitted on each arm, with standard errors."
    )
    return Card(
        "truncation", "Truncation against rounding", takeaway, rows, (figure(table),), method
    )
