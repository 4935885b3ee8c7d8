"""Card: the same training run under each provider, against steps and against seconds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from difflab.chart import Chart, Figure, Series
from difflab.clock import duration
from difflab.lab.profiles import DRAWN, PROVIDERS, TWIN
from difflab.report.card import Card
from difflab.report.tables import absence, curve, number, spell
from difflab.studies.convergence import DENSE

REFERENCE = "autodiff"


def deviation(table: pd.DataFrame, provider: str, steps: int = DENSE) -> float:
    """Largest relative difference from the tape's curve over the first steps; NaN if unmeasured."""
    where = {"kind": "convergence", "task": TWIN, "optimizer": "adam", "quantity": "batch loss"}
    at, mine = curve(table, **where, provider=provider)
    base_at, base = curve(table, **where, provider=REFERENCE)
    mine, base = mine[at <= steps], base[base_at <= steps]
    if not len(mine) or len(mine) != len(base):
        return float("nan")
    return float(np.max(np.abs(mine - base) / np.abs(base)))


def figure(table: pd.DataFrame) -> Figure:
    """Loss against steps and against seconds of training, preparation included."""
    by_step, by_second = [], []
    for provider in DRAWN:
        where = {"kind": "convergence", "task": TWIN, "optimizer": "adam", "provider": provider}
        at, loss = curve(table, **where, quantity="batch loss")
        if not len(at):
            continue
        _, seconds = curve(table, **where, quantity="seconds")
        start = number(table, **where, quantity="preparation")
        by_step.append(Series(provider, tuple(at), tuple(loss)))
        by_second.append(Series(provider, tuple(start + seconds), tuple(loss)))
    shared = "loss: mean (y - m)^2 over the batch"
    return Figure(
        "convergence",
        (
            Chart(f"{TWIN}: against steps", "steps", shared, tuple(by_step), log_y=True),
            Chart(
                f"{TWIN}: against seconds",
                "seconds since preparation began",
                shared,
                tuple(by_second),
                log_x=True,
                log_y=True,
            ),
        ),
        "Left: the training curves lie on one another, because all gradients agree. Right: the "
        "same curves against the clock, where each begins when its preparation is done.",
    )


def row(table: pd.DataFrame, provider: str) -> dict[str, str]:
    """One provider's run."""
    where = {"kind": "convergence", "task": TWIN, "optimizer": "adam", "provider": provider}
    missing = absence(table, **where)

    def seconds(quantity: str) -> str:
        value = number(table, **where, quantity=quantity)
        return "" if np.isnan(value) else duration(value)

    return {
        "provider": provider,
        "steps": spell(number(table, **where, quantity="steps")),
        "final loss": f"{number(table, **where, quantity='final loss'):.10g}",
        f"deviation from {REFERENCE}, first {DENSE} steps": (
            "reference" if provider == REFERENCE else spell(deviation(table, provider))
        ),
        "preparation": seconds("preparation"),
        "training": seconds("training"),
        "status": missing or "ok",
    }


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    rows = [row(table, provider) for provider in PROVIDERS]
    exact = [
        deviation(table, name) for name in PROVIDERS if name.startswith(("symbolic:", "torch"))
    ]
    known = [value for value in exact if not np.isnan(value)]
    largest = f"{max(known):.0e}" if known else "an unknown amount"
    takeaway = (
        f"Over the first {DENSE} steps the curves of symbolic, PyTorch and tape differ by "
        f"{largest} at most, relative to the loss. The clock tells them apart."
    )
    method = (
        "Same weights, same batches, same optimizer (Adam); the seed belongs to the task, never to "
        "the provider. Each run is a fresh process, alone. Seconds are those of batches, gradients "
        "and updates; evaluation of the full loss is not in them."
    )
    return Card(
        "convergence", "Training with each gradient", takeaway, rows, (figure(table),), method
    )
