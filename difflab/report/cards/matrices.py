"""Card: SymPy's own matrix derivatives, and why the matrix form does not build on them."""

from __future__ import annotations

import pandas as pd

from difflab.report.card import Card
from difflab.report.tables import absence, text
from difflab.studies.matrices import LOSSES


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    lines = []
    for name in LOSSES:
        where = {"kind": "matrices", "task": name}
        missing = absence(table, **where)
        verdict = missing or text(table, **where, quantity="verdict")
        lines.append(
            {
                "loss": name,
                "SymPy's derivative": text(table, **where, quantity="returned"),
                "verdict": "right" if verdict == "right" else f"{verdict}: wrong",
            }
        )
    wrong = sum(line["verdict"] != "right" for line in lines)
    takeaway = (
        f"SymPy's own matrix derivatives are wrong on {wrong} of {len(lines)} losses of a course, "
        "and say so for one. The matrix form uses SymPy for what works entry by entry, and "
        "adjoints of its own for the structure."
    )
    method = "sympy.MatrixSymbol, Expr.diff and sympy.diff of this environment's SymPy."
    return Card("matrices", "SymPy's own matrices", takeaway, lines, (), method)
