"""Card: the course's tasks with their own settings, expected numbers beside measured ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from difflab.clock import duration
from difflab.report.card import Card
from difflab.report.tables import absence, number, select, text


def expected_rows(table: pd.DataFrame, task: str, provider: str) -> list[dict[str, str]]:
    """Every expected number of one run."""
    run = {"kind": "convergence", "task": task, "provider": provider, "optimizer": ""}
    missing = absence(table, **run)
    seconds = number(table, **run, quantity="training")
    head = {
        "task": task,
        "gradient": provider,
        "steps": f"{number(table, **run, quantity='steps'):,.0f}" if not missing else "",
        "training": "" if np.isnan(seconds) else duration(seconds),
    }
    if missing:
        return [{**head, "quantity": "", "measured": "", "expected": "", "verdict": missing}]
    sources = select(table, **run)
    sources = sources[sources["quantity"].str.startswith("source of ")]
    rows = []
    for name in sources["quantity"].str.removeprefix("source of "):
        measured = number(table, **run, quantity=f"final {name}")
        low = number(table, **run, quantity=f"least {name}")
        high = number(table, **run, quantity=f"largest {name}")
        rows.append(
            {
                **head,
                "quantity": name,
                "measured": f"{measured:.9g}",
                "expected": f"{low:.10g} to {high:.10g}"
                f" ({text(table, **run, quantity=f'source of {name}')})",
                "verdict": "within" if low <= measured <= high else "outside",
            }
        )
    return rows


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    from difflab.tasks import get, names

    runs = select(table, kind="convergence", optimizer="")[["task", "provider"]].drop_duplicates()
    rows = []
    for task in names():
        for provider in runs[runs["task"] == task]["provider"]:
            rows.extend(expected_rows(table, task, provider))
    judged = [row for row in rows if row["quantity"]]
    within = sum(row["verdict"] == "within" for row in judged)
    shows = "; ".join(f"{name}: {get(name).shows}" for name in names())
    takeaway = f"{within} of {len(judged)} expected numbers were met."
    return Card("tasks", "The course's tasks", takeaway, rows, (), f"What they show. {shows}.")
