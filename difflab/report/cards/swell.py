"""Card: how fast a derivative grows, family by family, and what sharing and staging leave of it."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from difflab.chart import Chart, Figure
from difflab.report import swell_view
from difflab.report.card import Card
from difflab.report.tables import absence, select
from difflab.studies.families import family
from difflab.studies.measurement import Measurement
from difflab.studies.swell import SwellRow
from difflab.studies.swell.cells import rows_of
from difflab.studies.swell.study import Plan, laws

DRAWN = ("chain", "mlp", "logistic-map")
"""Families that are drawn; the table has all."""


def family_rows(table: pd.DataFrame, name: str) -> list[SwellRow]:
    """The rows of one family, smallest member first; those that simplify are another card's."""
    missing = absence(table, kind="swell", task=name)
    if missing:
        raise ValueError(f"{name}: {missing}")
    rows = rows_of(found(select(table, kind="swell", task=name)))
    return sorted((row for row in rows if row.dag is None or row.form in FORMS), key=_size)


def found(rows: pd.DataFrame) -> Iterable[Measurement]:
    """Measurements of a part of the table."""
    columns = ("quantity", "value", "unit", "at", "parameters")
    for quantity, value, unit, at, parameters in zip(*(rows[name] for name in columns)):
        if ": " in quantity:
            yield Measurement(quantity, value, unit, at, parameters)


FORMS = ("expanded", "cse", "staged", "matrix")


def _size(row: SwellRow) -> tuple[int, int]:
    return row.size, FORMS.index(row.form)


def panel(table: pd.DataFrame, name: str) -> Chart:
    """Operations against size for one family."""
    kind = family(name)
    size = kind.sizes[-1]
    return swell_view.growth(family_rows(table, name), kind.title, f"{size.name}: {size.counts}")


def law_of(name: str, rows: list[SwellRow]) -> dict[str, str]:
    """How the counts of a family grow, by quantity."""
    members = {tuple(_named(row.member)): None for row in rows}
    return {quantity: str(law) for quantity, law in laws(Plan(name, tuple(members)), rows)}


def _named(member: str) -> list[tuple[str, int]]:
    """Read a member's name back."""
    parts = (part.split() for part in member.split(", "))
    return [(name, int(value)) for name, value in parts]


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    from difflab.lab.profiles import SWELL

    lines: list[dict[str, str]] = []
    grown: dict[str, dict[str, str]] = {}
    for name in SWELL:
        rows = family_rows(table, name)
        grown[name] = law_of(name, rows)
        lines += [{"family": name} | line for line in swell_view.operations(rows)]
    words = [f"{name}: {law.get('gradient tree', 'one member')}" for name, law in grown.items()]
    takeaway = (
        "How fast a written-out gradient grows depends on the family. "
        + "; ".join(words)
        + ". With a name for every operation the same gradients grow as their losses do."
    )
    figure = Figure(
        "swell",
        tuple(panel(table, name) for name in DRAWN),
        "Operations of loss and gradient against the size of the function: the gradient written "
        "out, with each distinct subexpression counted once, after SymPy's elimination of common "
        "subexpressions, and by the reverse chain rule with a name for every operation.",
    )
    method = (
        "Losses of one sample written in elementary functions. An operation is binary; trees are "
        "counted by exact recurrences over distinct nodes, without expanding, also where deriving "
        "would take too long. Laws hold digit by digit where they say exactly; others are fitted, "
        "with an interval."
    )
    return Card("swell", "Expression swell", takeaway, lines, (figure,), method)
