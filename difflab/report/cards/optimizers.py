"""Cards: optimizers with tuned rates on two problems, and other rules that go by the same names."""

from __future__ import annotations

import math

import pandas as pd

from difflab.lab.course import OPTIMIZERS
from difflab.report.card import Card
from difflab.report.course import exhibit, expected_rows, known, measured, rows
from difflab.report.tables import spell
from difflab.tasks.optimizers import PROBLEMS, THRESHOLDS
from difflab.tasks.rows import distinct

STEPS = 3
"""Steps down f = w^2 / 2 after which rules of the same name are compared."""


def card(table: pd.DataFrame) -> Card:
    """Tuned rates, final losses, steps to a threshold, and paths through Rosenbrock's valley."""
    lines = [
        line(measured(table, run), rule)
        for run in known(table, OPTIMIZERS)
        for rule in distinct(rows(table, run), "optimizer")
    ]
    return exhibit(
        table, "optimizers", "Optimizers", OPTIMIZERS,
        lines=lines or expected_rows(table, OPTIMIZERS[0]),
        method="Order of operations as in PyTorch (see difflab.nn.optimizers). Every rule gets one "
        "run per rate of the same grid, and the one that ends lowest counts. One seed: a picture, "
        "no ranking.",
    )  # fmt: skip


def line(found: dict[str, float], rule: str) -> dict[str, str]:
    """One optimizer on both problems."""
    told = {"optimizer": rule}
    for name in PROBLEMS:
        threshold = f"{THRESHOLDS[name]:g}"
        steps = found[f"{name}, {rule}: steps to {threshold}"]
        told |= {
            f"{name}: tuned rate": f"{found[f'{name}, {rule}: tuned rate']:g}",
            f"{name}: final loss": spell(found[f"{name}, {rule}: loss"], 3),
            f"{name}: steps to {threshold}": "not reached" if math.isinf(steps) else spell(steps),
        }
    return told


def elsewhere(table: pd.DataFrame) -> Card:  # noqa: ARG001 - same form as every other card
    """What other libraries call momentum, RMSProp and Adam."""
    from difflab.nn.optimizers.elsewhere import same_name_other_algorithm

    found = same_name_other_algorithm(STEPS)
    lines = [
        {
            "rule": row["rule"],
            "library": row["library"],
            "what differs there": row["what differs"],
            f"w after {STEPS} steps, here": f"{row['here']:.6g}",
            "there": f"{row['there']:.6g}",
            "largest difference": spell(row["difference"]),
        }
        for row in found
    ]
    apart = [row["difference"] for row in found]
    takeaway = (
        f"{len(found)} rules with the names of ours walk another path: after {STEPS} steps down "
        f"f = w^2 / 2 from w = 1 they are {spell(min(apart))} to {spell(max(apart))} away."
    )
    method = (
        "Each pair has the same settings but for what is named. The rules here are those of "
        "PyTorch, checked against it step by step."
    )
    return Card(
        "optimizers-elsewhere", "Same name, different algorithm", takeaway, lines, (), method
    )
