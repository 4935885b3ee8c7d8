"""Card: gradients from random directions, and how far they point."""

from __future__ import annotations

import pandas as pd

from difflab.report.card import Card
from difflab.report.tables import absence, number
from difflab.report.truncation.networks import directions_figure, directions_table, network


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    missing = absence(table, kind="truncation", provider="directions")
    if missing:
        raise ValueError(f"directions: {missing}")
    rows = directions_table(table)
    where = {"kind": "truncation", "provider": "directions"}
    parameters = int(
        table[(table["kind"] == "truncation") & (table["provider"] == "directions")][
            "parameters"
        ].max()
    )
    cosine = number(table, **where, quantity="rademacher, cosine", at=16)
    takeaway = (
        f"Of a gradient with {parameters:,} entries, 16 random directions show a cosine of "
        f"{cosine:.2f}: cheap, unbiased, and mostly noise. Theory foretells the cosine for every "
        "number and kind of directions."
    )
    method = (
        f"The gradient of the {network(table, 'directions')}; slopes along the directions are "
        "exact, so that the directions alone are measured. Theory: 1/sqrt(1 + (P + 1)/K) for "
        "Gaussian, 1/sqrt(1 + (P - 1)/K) for Rademacher, sqrt(K/P) for orthonormal directions."
    )
    return Card(
        "truncation-directions",
        "Random directions",
        takeaway,
        rows,
        (directions_figure(table),),
        method,
    )
