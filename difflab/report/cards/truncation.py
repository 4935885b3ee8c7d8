"""Card: the V curve, the error of a difference quotient against its step."""

from __future__ import annotations

import pandas as pd

from difflab.report.card import Card
from difflab.report.tables import absence, number, spell
from difflab.report.truncation.curves import (
    figures,
    optimum_table,
    schemes,
    slopes_table,
)
from difflab.studies.truncation import POINTS

DTYPES = ("float64", "float32")


def row(slopes: dict[str, str], optimum: dict[str, str]) -> dict[str, str]:
    """Prediction beside measurement for one scheme: slopes, best step, best error."""
    return {
        **slopes,
        "predicted step": optimum["predicted h*"],
        "best step": optimum["found"],
        "step": optimum["verdict"],
        "predicted error": optimum["predicted e*"],
        "best error": optimum["found "],
        "error": optimum["verdict "],
    }


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    missing = absence(table, kind="truncation", provider="central", dtype="float64")
    if missing:
        raise ValueError(f"central: {missing}")
    rows = [
        row(*pair)
        for dtype in DTYPES
        if schemes(table, dtype)
        for pair in zip(slopes_table(table, dtype), optimum_table(table, dtype))
    ]
    best = {
        scheme: spell(
            number(
                table, kind="truncation", provider=scheme, dtype="float64", quantity="best error"
            )
        )
        for scheme in ("forward", "central", "central-4", "central-8")
    }
    takeaway = (
        f"However the step is chosen, forward differences end at an error of {best['forward']}, "
        f"central at {best['central']}, fourth order at {best['central-4']}, eighth at "
        f"{best['central-8']}. Theory predicts step, error and slopes; asymptotes are computed, "
        "not fitted."
    )
    method = (
        f"The derivative in w2 at {POINTS} points around the lecture's fixture; truth from "
        "50-digit arithmetic. Truncation asymptote: error constant times h^p times the true "
        "higher derivative. Round-off asymptote: the root mean square error of one value of the "
        "loss, seen against the same arithmetic, times sqrt(sum c^2) over h. Slopes are fitted on "
        "each arm, with standard errors. Within: slopes p ± .15 and -1 ± .1, step within 3x, error "
        "within 2x."
    )
    return Card("truncation", "Truncation against rounding", takeaway, rows, figures(table), method)
