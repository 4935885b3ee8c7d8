"""Card: the same network under each optimizer, with the tape's gradients."""

from __future__ import annotations

import numpy as np
import pandas as pd

from difflab.chart import Chart, Figure, Series
from difflab.lab.profiles import OPTIMIZERS, TWIN
from difflab.report.card import Card
from difflab.report.tables import absence, curve, number, spell


def where(optimizer: str) -> dict[str, str]:
    """Which rows belong to an optimizer."""
    return {
        "kind": "convergence",
        "task": TWIN,
        "provider": "autodiff",
        "optimizer": optimizer,
    }


def figure(table: pd.DataFrame) -> Figure:
    """Loss against steps, one line per optimizer."""
    series = []
    for name in OPTIMIZERS:
        at, loss = curve(table, **where(name), quantity="full loss")
        if len(at):
            series.append(Series(name, tuple(at), tuple(loss)))
    chart = Chart(
        f"{TWIN}: optimizers",
        "steps",
        "loss: mean (y - m)^2, all samples",
        tuple(series),
        log_y=True,
    )
    return Figure(
        "optimizers", (chart,), "Training loss of the small network against steps, by optimizer."
    )


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    rows, finals = [], {}
    for name in OPTIMIZERS:
        missing = absence(table, **where(name))
        final = number(table, **where(name), quantity="final loss")
        if not np.isnan(final):
            finals[name] = final
        rows.append(
            {
                "optimizer": name,
                "learning rate": spell(number(table, **where(name), quantity="learning rate")),
                "steps": spell(number(table, **where(name), quantity="steps")),
                "final loss": spell(final, 4),
                "final loss on the grid": spell(
                    number(table, **where(name), quantity="final validation loss"), 4
                ),
                "status": missing or "ok",
            }
        )
    best = min(finals, key=lambda name: finals[name])
    worst = max(finals, key=lambda name: finals[name])
    takeaway = (
        f"After the same number of steps {best} has reached {spell(finals[best])}, {worst} "
        f"{spell(finals[worst])}. One seed and one learning rate each: a picture, no ranking."
    )
    method = (
        "Order of operations as in PyTorch (see difflab.nn.optimizers). Learning rates are those "
        "of the task, chosen by hand. Full-batch steps from the same weights."
    )
    return Card(
        "optimizers", "Training with each optimizer", takeaway, rows, (figure(table),), method
    )
