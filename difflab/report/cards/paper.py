"""Card: the twin's gradient as equations, and below them the program that was emitted."""

from __future__ import annotations

import pandas as pd

from difflab.lab.profiles import TWIN
from difflab.report.card import Card
from difflab.report.tables import absence, text


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    missing = absence(table, kind="paper", task=TWIN)
    if missing:
        raise ValueError(missing)
    equations = text(table, kind="paper", task=TWIN, quantity="equations")
    program = text(table, kind="paper", task=TWIN, quantity="program")
    takeaway = (
        f"The gradient of {TWIN} as one writes it on paper, and the NumPy program of "
        "symbolic:matrix: both are the same recorded derivation. `difflab derive` prints them for "
        "every task, with LaTeX."
    )
    method = "Recorded from the task's own loss; SymPy found the slopes of what works by entries."
    return Card("paper", "The derivation, and its program", takeaway, (), (), method,
                f"{equations.rstrip()}\n\n{program.rstrip()}")  # fmt: skip
