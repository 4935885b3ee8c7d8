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
AGREEMENT = 1e-10
"""Expected of exact gradients: how far their curves are apart over the first steps."""


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


def agrees(table: pd.DataFrame, provider: str) -> str:
    """Verdict on a curve; empty for differences, whose gradients are not exact."""
    apart = deviation(table, provider)
    if provider == REFERENCE or provider.startswith("finite-difference") or np.isnan(apart):
        return ""
    return "within" if apart <= AGREEMENT else "outside"


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
        f"at most {AGREEMENT:.0e}": agrees(table, provider),
        "preparation": seconds("preparation"),
        "training": seconds("training"),
        "status": missing or "ok",
    }


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    rows = [row(table, provider) for provider in PROVIDERS]
    judged = [name for name in PROVIDERS if agrees(table, name)]
    apart = [deviation(table, name) for name in judged]
    largest = f"{max(apart):.0e}" if apart else "an unknown amount"
    met = sum(value <= AGREEMENT for value in apart)
    takeaway = (
        f"Over the first {DENSE} steps the curves of exact gradients differ from the tape's by "
        f"{largest} at most, relative to the loss; {met} of {len(judged)} agree to "
        f"{AGREEMENT:.0e}. The clock tells them apart."
    )
    method = (
        "Same weights, same batches, same optimizer (Adam); the seed belongs to the task, never to "
        "the provider. Each run is a fresh process, alone. Seconds are those of batches, gradients "
        "and updates; evaluation of the full loss is not in them."
    )
    return Card(
        "convergence", "Training with each gradient", takeaway, rows, (figure(table),), method
    )
