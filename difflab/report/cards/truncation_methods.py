"""Card: error against evaluations for every method, and estimated against true errors."""

from __future__ import annotations

import pandas as pd

from difflab.report.card import Card
from difflab.report.tables import absence
from difflab.report.truncation.methods import doubts_table, figure, methods_table


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    for exhibit in ("methods", "error bars"):
        missing = absence(table, kind="truncation", provider=exhibit)
        if missing:
            raise ValueError(f"{exhibit}: {missing}")
    rows = methods_table(table)
    bars = doubts_table(table)
    cheap = next(row for row in rows if row["scheme"] == "forward")
    dear = next(row for row in rows if row["scheme"] == "central-8")
    covered = {row["error bar"]: row["covers the truth"] for row in bars}
    own = min(int(share[:-1]) for name, share in covered.items() if name.endswith("own bar"))
    stencils = f"{own}%" + " or more" * (own < 100)
    ladder = next(row for row in rows if row["method"] == "ladder")
    takeaway = (
        f"Two evaluations buy an error of {cheap['error']} by forward differences, eight buy "
        f"{dear['error']} by the eighth order; the ladder takes {ladder['evaluations']} and ends "
        f"at {ladder['error']}, without a step to choose. Its error bar covers the truth in "
        f"{covered['ladder']}, those of the stencils in {stencils}, Richardson's in "
        f"{covered['Richardson']}, the difference of two steps in {covered['two steps']}."
    )
    method = (
        "The same derivative as above, with theory's step, which knows the true higher derivative, "
        "with the lab's usual step, which knows nothing, by Richardson's table from h = 1/8, with "
        "the plug-in step, whose own evaluations are counted, and by difflab.derivative: the "
        "ladder of steps and single stencils, all with error bars. Exact methods stand beside: the "
        "complex step, and forward mode, counted as two evaluations. Two steps: a third of the "
        "difference of central quotients with h and 2h, for h from 2^-27 to 2^-3."
    )
    return Card(
        "truncation-methods", "What an evaluation buys", takeaway, rows, (figure(table),), method
    )
