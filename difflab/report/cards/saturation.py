"""Card: slopes where exponentials overflow, form by form."""

from __future__ import annotations

import numpy as np
import pandas as pd

from difflab.report.card import Card
from difflab.report.tables import absence, curve
from difflab.studies.saturation import FUNCTIONS, PROVIDERS


def row(table: pd.DataFrame, function: str, position: int) -> dict[str, str]:
    """One function at one point."""
    where = {"kind": "saturation", "task": function}
    points, truth = curve(table, **where, quantity="truth")
    cells = {"function": function, "z": f"{points[position]:g}", "slope": f"{truth[position]:.3g}"}
    for provider in PROVIDERS:
        found = curve(table, **where, quantity=provider)[1][position]
        right = abs(found - truth[position]) <= 1e-14 * max(1.0, abs(truth[position]))
        cells[provider] = "NaN" if np.isnan(found) else "right" if right else f"{found:.3g} wrong"
    return cells


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    for name in FUNCTIONS:
        missing = absence(table, kind="saturation", task=name)
        if missing:
            raise ValueError(f"{name}: {missing}")
    points = len(curve(table, kind="saturation", task="sigmoid", quantity="truth")[0])
    lines = [row(table, name, k) for name in FUNCTIONS for k in range(points)]
    lost = {name: sum(line[name] == "NaN" for line in lines) for name in PROVIDERS}
    takeaway = (
        f"Of {len(lines)} slopes of activations written out in exponentials, SymPy's derivative as "
        f"it is loses {lost['symbolic:expanded']} to NaN, the tape, which differentiates what was "
        f"written, {lost['autodiff']}; the forms that rewrite known functions lose "
        f"{lost['symbolic:staged']} and {lost['symbolic:matrix']}."
    )
    method = (
        "Prepared at z = 0.5. Right means within 1e-14 of 50-digit arithmetic, absolutely for small"
        " slopes: a (1 - a) has no digits of a slope of 1e-18. difflab.sigmoid, softplus and "
        "np.tanh are right everywhere in all providers."
    )
    return Card("saturation", "Where exponentials overflow", takeaway, lines, (), method)
