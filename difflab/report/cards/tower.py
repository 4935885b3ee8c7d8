"""Card: the swell taken away in four steps, with what each form costs on growing networks."""

from __future__ import annotations

import pandas as pd

from difflab.chart import Chart, Figure, Series
from difflab.clock import duration
from difflab.report import swell_view
from difflab.report.card import Card
from difflab.report.cards.swell import FORMS, found
from difflab.report.tables import absence, select
from difflab.studies.swell import SwellRow
from difflab.studies.swell.cells import rows_of


def tower_rows(table: pd.DataFrame) -> list[SwellRow]:
    """Rows of all networks, in the order of the profile."""
    from difflab.lab.profiles import TOWER

    rows: list[SwellRow] = []
    for name in TOWER:
        missing = absence(table, kind="tower", task=name)
        if missing:
            rows += [SwellRow(name, form, 1, status=missing) for form in FORMS]
            continue
        by_form = {row.form: row for row in rows_of(found(select(table, kind="tower", task=name)))}
        rows += [by_form[form] for form in FORMS if form in by_form]
    return rows


def seconds_chart(rows: list[SwellRow], column: str, title: str) -> Chart:
    """Seconds of every form against the number of parameters."""
    lines = []
    for form in FORMS:
        points = [
            (float(row.parameters), float(getattr(row, column)))
            for row in rows
            if row.form == form and getattr(row, column) is not None
        ]
        if points:
            x, y = zip(*points)
            lines.append(Series(form, x, y, markers=True))
    return Chart(title, "parameters", "seconds", tuple(lines), log_x=True, log_y=True)


def crossover(rows: list[SwellRow]) -> str:
    """The smallest network on which whole arrays beat one scalar after the other."""
    seconds = {(row.member, row.form): row.evaluate_seconds for row in rows}
    for row in rows:
        scalar, whole = seconds.get((row.member, "staged")), seconds.get((row.member, "matrix"))
        if scalar is not None and whole is not None and whole < scalar:
            return f"from {row.member} on whole arrays are quicker"
    return "whole arrays are nowhere quicker"


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    rows = tower_rows(table)
    largest = [row for row in rows if row.form == "expanded" and row.tree is not None]
    if not largest:
        raise ValueError("nothing was derived")
    last = largest[-1].member
    at = {row.form: row for row in rows if row.member == last}
    takeaway = (
        f"The gradient of {last} written out takes "
        f"{duration(at['expanded'].derive_seconds or 0)} to derive and "
        f"{duration(at['expanded'].evaluate_seconds or 0)} to evaluate; with common subexpressions "
        f"shared {duration(at['cse'].evaluate_seconds or 0)}; with a name for every operation "
        f"{duration(at['staged'].derive_seconds or 0)} and "
        f"{duration(at['staged'].evaluate_seconds or 0)}. On one sample scalar code wins while "
        f"networks are tiny; {crossover(rows)}."
    )
    figure = Figure(
        "tower",
        (
            seconds_chart(rows, "derive_seconds", "deriving"),
            seconds_chart(rows, "evaluate_seconds", "one evaluation, one sample"),
        ),
        "Seconds to derive, and to evaluate loss and gradient of one sample, against the number "
        "of parameters, for the four symbolic forms.",
    )
    method = (
        "Sigmoid networks with squared error on one sample, every form in one fresh process. "
        "Evaluation is the emitted code alone, shortest of many calls. Errors are relative L2, "
        "against 50 digits where that is affordable, and against the tape. What would take longer "
        "than the profile's budget is refused with its predicted size."
    )
    return Card("tower", "Swell, taken away in four steps", takeaway, swell_view.costs(rows),
                (figure,), method)  # fmt: skip
