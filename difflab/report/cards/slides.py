"""Card: every row of the lecture with what the slide and the engines give, and the verdict."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from difflab.course.page import COLUMNS
from difflab.course.row import HOLDS, NOT_HERE, UNCLEAR, WRONG
from difflab.course.slides import ROWS, TITLES
from difflab.lab.profiles import LECTURE
from difflab.report.card import Card
from difflab.report.tables import absence, select

WHERE = {"kind": "slides", "task": LECTURE}


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    missing = absence(table, **WHERE)
    if missing:
        raise ValueError(missing)
    measured = select(table, **WHERE)
    found = {
        (q, at): v for q, at, v in zip(measured["quantity"], measured["at"], measured["value"])
    }
    lines = [
        {
            "slide": f"{row.slides[0]}. {TITLES[row.slides[0] - 1]}",
            "row": row.key,
            "formula": row.formula,
            **{f"by {name}" if name == "slide" else name: str(found.get((name, row.key), ""))
               for name in COLUMNS},
            "verdict": str(found.get(("verdict", row.key), "")),
        }
        for row in ROWS
    ]  # fmt: skip
    counted = Counter(line["verdict"] for line in lines)
    asked = [line for line in lines if line["automatic"]]
    agreed = sum(line["verdict"] != NOT_HERE for line in asked)
    rest = len(lines) - sum(counted[verdict] for verdict in (HOLDS, WRONG, UNCLEAR))
    takeaway = (
        f"Of {len(lines)} statements on {len(TITLES)} slides {counted[HOLDS]} hold, "
        f"{counted[WRONG]} are wrong on the slide and {counted[UNCLEAR]} are unclear as typed; "
        f"{rest} are the business of a task, of files or of nobody. Symbolic, numerical and "
        f"automatic differentiation agree on {agreed} of the {len(asked)} that have a derivative, "
        "or a value on the way to one."
    )
    method = (
        "Formulas are evaluated as they are printed, at the fixture of the simplest MLP or at five "
        "samples of two features; a verdict compares the slide's value with the truth of forty "
        "digits or exact fractions, after the engines have confirmed it. `difflab slides` prints "
        "the texts and the reasons."
    )
    return Card("slides", "The lecture, line by line", takeaway, lines, (), method)
