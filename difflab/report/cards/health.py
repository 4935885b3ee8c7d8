"""Card: whether these measurements deserve trust: noise, failures, repeatability."""

from __future__ import annotations

import pandas as pd

from difflab.clock import NOISY
from difflab.conventions import KINKS
from difflab.report.card import Card
from difflab.report.tables import select, spell


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    cells = table.drop_duplicates("cell")
    counts = cells["status"].value_counts().to_dict()
    noise = select(table, kind="cost", quantity="median / minimum")
    noisy = noise[noise["value"].astype(float) > NOISY]
    repeated = select(table, kind="accuracy", quantity="repeatable")["value"].astype(float)
    intact = select(table, kind="accuracy", quantity="inputs intact")["value"].astype(float)
    slopes = select(table, kind="accuracy", quantity="Taylor slope", provider="autodiff")
    slope = slopes["value"].astype(float)
    rows = [
        {
            "check": "cells by status",
            "found": ", ".join(f"{n} {status}" for status, n in sorted(counts.items())),
            "meaning": "unsupported cells were refused with a reason; errors and crashes are "
            "faults",
        },
        {
            "check": f"timings with median / minimum > {NOISY}",
            "found": f"{len(noisy)} of {len(noise)}",
            "meaning": "the machine was busy; minima stand, medians do not",
        },
        {
            "check": "a second call gives the same bits",
            "found": f"{int(repeated.sum())} of {len(repeated)}",
            "meaning": "a run can be repeated bit for bit",
        },
        {
            "check": "inputs left intact",
            "found": f"{int(intact.sum())} of {len(intact)}",
            "meaning": "no provider writes into parameters or data",
        },
        {
            "check": "Taylor slope of the tape's gradients",
            "found": f"{spell(slope.min(), 3)} to {spell(slope.max(), 3)}" if len(slope) else "",
            "meaning": "2 for a right gradient, 1 for a wrong one; needs no truth",
        },
        *(
            {
                "check": f"convention: derivative of {kink.name} at {kink.at:g}",
                "found": f"{kink.derivative:g}",
                "meaning": kink.reason,
            }
            for kink in KINKS
        ),
    ]
    faults = counts.get("error", 0) + counts.get("crash", 0)
    takeaway = (
        f"{faults} cells failed; {len(noisy)} of {len(noise)} timings are noisy."
        if faults or len(noisy)
        else "No cell failed, and no timing is noisy."
    )
    return Card("health", "Health of these measurements", takeaway, rows)
