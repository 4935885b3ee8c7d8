"""Card: how many operations a derivative has, as written and with repeats shared."""

from __future__ import annotations

import numpy as np
import pandas as pd

from difflab.clock import duration
from difflab.report.card import Card
from difflab.report.chart import Chart, Figure, Series
from difflab.report.tables import absence, curve, number, select, text

COUNTS = {
    "expanded operations": "expanded",
    "shared operations": "shared",
    "cse operations": "cse",
    "loss operations": "loss",
}
PANELS = ("chain", "mlp")
"""Families that are drawn; the table has all."""

LARGEST = 8
"""Largest size that is drawn; the table goes on."""


def panel(table: pd.DataFrame, family: str) -> Chart:
    """Operations against size for one family."""
    from difflab.studies.swell import FAMILIES

    series = []
    table = table[table["kind"] == "swell"]
    table = table[table["at"].astype(float) <= LARGEST]
    for quantity, label in COUNTS.items():
        at, count = curve(table, kind="swell", task=family, quantity=quantity)
        if len(at):
            series.append(Series(label, tuple(at), tuple(count), markers=True))
    derived, _ = curve(table, kind="swell", task=family, quantity="expanded operations")
    at, predicted = curve(table, kind="swell", task=family, quantity="predicted operations")
    beyond = at >= derived.max()
    if beyond.sum() > 1:
        series.append(
            Series("predicted", tuple(at[beyond]), tuple(predicted[beyond]), markers=True)
        )
    kind = FAMILIES[family]
    return Chart(kind.title, kind.size, "operations", tuple(series), log_y=True)


def row(table: pd.DataFrame, family: str, size: float) -> dict[str, str]:
    """One member of a family."""
    where = {"kind": "swell", "task": family, "at": size}
    shape = select(table, **where)

    def count(quantity: str) -> str:
        value = number(table, **where, quantity=quantity)
        return "" if np.isnan(value) else f"{value:,.0f}"

    def seconds(quantity: str) -> str:
        value = number(table, **where, quantity=quantity)
        return "" if np.isnan(value) else duration(value)

    return {
        "family": family,
        "size": f"{size:g}",
        "P": f"{shape['parameters'].iloc[0]}",
        "loss": count("loss operations"),
        "predicted": count("predicted operations"),
        "expanded": count("expanded operations"),
        "shared": count("shared operations"),
        "cse": count("cse operations"),
        "derive": seconds("derive seconds"),
        "predicted time": seconds("predicted seconds"),
        "status": text(table, **where, quantity="status"),
    }


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    from difflab.lab.profiles import SWELL

    rows: list[dict[str, str]] = []
    for family in SWELL:
        missing = absence(table, kind="swell", task=family)
        if missing:
            raise ValueError(f"{family}: {missing}")
        sizes = sorted(set(select(table, kind="swell", task=family)["at"]))
        rows.extend(row(table, family, size) for size in sizes)
    width = 4
    net = {"kind": "swell", "task": "mlp", "at": width}
    expanded = number(table, **net, quantity="expanded operations")
    loss = number(table, **net, quantity="loss operations")
    shared = number(table, **net, quantity="cse operations")
    takeaway = (
        f"The gradient of a 2-{width}-{width}-1 network written out has {expanded:,.0f} "
        f"operations, {expanded / loss:,.0f} times its loss; with common subexpressions shared "
        f"{shared:,.0f}, {shared / loss:.1f} times. Swell belongs to the written form, not to the "
        "derivative."
    )
    figure = Figure(
        "swell",
        tuple(panel(table, family) for family in PANELS),
        "Operations of loss and gradient against the size of the network: as written, with each "
        "distinct subexpression counted once, and after SymPy's elimination. Dotted: predicted "
        "where deriving would take too long.",
    )
    method = (
        "Losses of one sample written in elementary functions, differentiated by sympy.diff. An "
        "operation is binary; counts are exact recurrences over distinct nodes. What would take "
        "longer than the profile's budget is predicted by counting rules and not derived."
    )
    return Card("swell", "Expression swell", takeaway, rows, (figure,), method)
