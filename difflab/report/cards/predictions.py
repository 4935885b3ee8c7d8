"""Card: sizes foreseen without deriving, beside what came out."""

from __future__ import annotations

import pandas as pd

from difflab.report import swell_view
from difflab.report.card import Card
from difflab.report.cards.tower import tower_rows


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    rows = tower_rows(table)
    known = [row for row in rows if row.form == "expanded" and row.tree and row.predicted_tree]
    off = max((abs((row.predicted_tree or 0) / (row.tree or 1) - 1) for row in known), default=0.0)
    refused = [row for row in rows if row.form == "expanded" and row.tree is None]
    beyond = "; ".join(f"{row.member} {row.predicted_tree or 0:.1e}" for row in refused)
    takeaway = (
        f"On {len(known)} networks that could be derived the predicted number of operations is off "
        f"by {off:.1%} at most. Refused, with operations predicted: {beyond or 'none'}."
    )
    method = (
        "Operations: the loss is written in a light mirror of SymPy's canonical form, and "
        "differentiated there with every distinct node once; of many parameters that enter alike, "
        "two stand for all. Seconds, source and memory are modelled from the operations."
    )
    title = "Predicted beside actual"
    return Card("predictions", title, takeaway, swell_view.predictions(rows), (), method)
