"""Card: how many stencils cross a kink of relu, and what that does to them."""

from __future__ import annotations

import pandas as pd

from difflab.report.card import Card
from difflab.report.tables import absence
from difflab.report.truncation.networks import kinks_figure, kinks_table, network

TOLD = 2.0**-7
"""The step of the takeaway."""


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    missing = absence(table, kind="truncation", provider="kinks")
    if missing:
        raise ValueError(f"kinks: {missing}")
    (told,) = kinks_table(table, (TOLD,))
    shares = ", ".join(
        f"{share} of the stencils of {name.removesuffix(' crosses')}"
        for name, share in told.items()
        if name.endswith("crosses") and share != "0%"
    )
    takeaway = (
        f"At h = {told['h']}, {shares} contain a kink of relu; their median relative error is "
        f"{told['crossing, median error']}, that of the others {told['clean, median error']}."
    )
    samples = int(
        table[(table["kind"] == "truncation") & (table["provider"] == "kinks")]["batch"].max()
    )
    method = (
        f"The {network(table, 'kinks')}, {samples} samples, up to 24 seeded coordinates per block. "
        "A stencil crosses a kink when any unit has another sign at x + h than at x - h, for any "
        "sample. Between kinks a squared error is a parabola in every coordinate, and central "
        "differences have no truncation."
    )
    return Card(
        "truncation-kinks",
        "Stencils across kinks",
        takeaway,
        kinks_table(table),
        (kinks_figure(table),),
        method,
    )
