"""Card: a simplified derivative is shorter, and can lose every digit."""

from __future__ import annotations

import pandas as pd

from difflab.chart import Chart, Figure, Series
from difflab.report.card import Card
from difflab.report.cards.swell import found
from difflab.report.tables import absence, select
from difflab.studies.swell import SwellRow
from difflab.studies.swell.cells import rows_of

ARMS = ("diff", "expand", "horner")


def arm_rows(table: pd.DataFrame) -> list[SwellRow]:
    """Rows of the arms that simplify, smallest member first."""
    missing = absence(table, kind="swell", task="logistic-map")
    if missing:
        raise ValueError(f"logistic-map: {missing}")
    rows = rows_of(found(select(table, kind="swell", task="logistic-map")))
    return sorted(
        (row for row in rows if row.form in ARMS), key=lambda r: (r.size, ARMS.index(r.form))
    )


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    rows = arm_rows(table)
    lines = [
        {
            "member": row.member,
            "arm": row.form,
            "operations": f"{row.tree:,}",
            "relative error": "" if row.error is None else f"{row.error:.1e}",
        }
        for row in rows
    ]
    last = {row.form: row for row in rows if row.size == rows[-1].size}
    takeaway = (
        f"Expanded, the derivative of the logistic map at {rows[-1].member} has "
        f"{last['expand'].tree:,} operations instead of {last['diff'].tree:,}, and a relative "
        f"error of {last['expand'].error:.0e} at x = 0.9, where SymPy's unsimplified derivative "
        f"has {last['diff'].error:.0e}. Exact calculus is not exact arithmetic."
    )
    series = [
        Series(
            arm,
            tuple(float(row.size) for row in rows if row.form == arm),
            tuple(max(row.error or 0.0, 1e-17) for row in rows if row.form == arm),
            style=style,
            markers=True,
        )
        for arm, style in zip(ARMS, ("loss", "expanded", "cse"))
    ]
    chart = Chart(
        "the digits that simplifying costs", "n", "relative error at x = 0.9", tuple(series),
        log_y=True,
    )  # fmt: skip
    caption = (
        "Relative error of the derivative of the logistic map at x = 0.9 in float64, as SymPy "
        "derives it, expanded, and in Horner's form, against 50 digits."
    )
    method = "sympy.expand and sympy.horner applied to sympy.diff; evaluated in float64."
    figure = Figure("simplified", (chart,), caption)
    return Card("simplified", "Simplified to death", takeaway, lines, (figure,), method)
