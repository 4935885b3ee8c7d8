"""Card: the price of one gradient, in losses, against the number of parameters."""

from __future__ import annotations

import numpy as np
import pandas as pd

from difflab.chart import Chart, Figure, Series
from difflab.clock import NOISY, duration, durations
from difflab.lab.profiles import DRAWN, PROVIDERS, is_timed
from difflab.report.card import Card
from difflab.report.tables import absence, brief, number, select, spell, storage
from difflab.studies.cost import scaling_exponent


def measured_tasks(table: pd.DataFrame) -> list[str]:
    """Tasks with a cost, by number of parameters."""
    found = select(table, kind="cost", quantity="omega")[["task", "parameters"]].drop_duplicates()
    return list(found.sort_values(["parameters", "task"])["task"])


def figure(table: pd.DataFrame) -> Figure:
    """Omega and seconds against P, one line per provider."""

    def lines(quantity: str) -> tuple[Series, ...]:
        series = []
        for provider in DRAWN:
            rows = select(table, kind="cost", provider=provider, quantity=quantity)
            rows = rows.sort_values("parameters")
            if len(rows):
                x = tuple(rows["parameters"].astype(float))
                y = tuple(rows["value"].astype(float))
                series.append(Series(provider, x, y, markers=True))
        return tuple(series)

    axis = "parameters P"
    return Figure(
        "cost",
        (
            Chart(
                "Price of a gradient, in losses",
                axis,
                "time of value and gradient / time of loss",
                lines("omega"),
                log_x=True,
                log_y=True,
            ),
            Chart(
                "Price of a gradient, in seconds",
                axis,
                "seconds per value and gradient",
                lines("value and gradient"),
                log_x=True,
                log_y=True,
            ),
        ),
        "Left: time of one gradient over time of one loss, against the number of parameters; "
        "differences grow with P, reverse mode stays level. Right: the same in seconds. "
        "Networks differ in batch and depth, so lines bend.",
    )


def row(table: pd.DataFrame, task: str, provider: str) -> dict[str, str]:
    """One provider on one task."""
    where = {"kind": "cost", "task": task, "provider": provider}
    shape = select(table, kind="cost", task=task, quantity="omega")
    head = {
        "task": task,
        "P": spell(float(shape["parameters"].iloc[0])),
        "n": spell(float(shape["batch"].iloc[0])),
        "provider": provider,
    }
    missing = absence(table, **where)

    def seconds(quantity: str) -> str:
        value = number(table, **where, quantity=quantity)
        return "" if np.isnan(value) else duration(value)

    names = ("lower quartile", "median", "upper quartile")
    spread = [number(table, **where, quantity=f"value and gradient, {name}") for name in names]
    peak = number(table, **where, quantity="peak memory of one gradient")
    noisy = number(table, **where, quantity="median / minimum") > NOISY
    return {
        **head,
        "loss": seconds("loss"),
        "gradient": seconds("value and gradient"),
        "ratio": spell(number(table, **where, quantity="omega")),
        "losses": spell(number(table, **where, quantity="size: loss evaluations")),
        "quartiles": "" if missing else durations(spread),
        "first call": seconds("cold call"),
        "memory": "" if np.isnan(peak) else storage(peak),
        "status": brief(missing) if missing else ("noisy" if noisy else "ok"),
    }


def exponent(table: pd.DataFrame, provider: str) -> str:
    """The exponent a in omega ~ P^a with its standard error."""
    rows = select(table, kind="cost", provider=provider, quantity="omega")
    if len(rows) < 3:
        return ""
    a, error = scaling_exponent(list(rows["parameters"]), list(rows["value"].astype(float)))
    return f"{provider} P^({a:.2f} ± {error:.2f})"


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    rows = [
        row(table, task, name)
        for task in measured_tasks(table)
        for name in PROVIDERS
        if is_timed(task, name)
    ]
    fitted = "; ".join(filter(None, (exponent(table, provider) for provider in PROVIDERS)))
    largest = measured_tasks(table)[-1]
    ratio = number(table, kind="cost", task=largest, provider="autodiff", quantity="omega")
    takeaway = (
        f"On {largest} a reverse-mode gradient costs {spell(ratio)} losses. "
        f"Fitted growth of time / loss with the number of parameters P: {fitted}."
    )
    method = (
        "Every row is a fresh process, alone, with one BLAS thread and a fixed allocator. Loss and "
        "gradient are sampled in turn, each sample at least 10 ms long, collector off; the minimum "
        "is the headline because noise only adds; the quartiles (25, 50, 75 %) stand beside it. "
        "Gradient: value and gradient together. Ratio: its time over that of the loss. Losses: how "
        f"many one gradient evaluates. Noisy: median over minimum above {NOISY}. Memory: the most "
        "that one gradient allocates, left out for very long emitted functions. Preparation is "
        "timed apart. Theory: differences "
        "grow as P^1, reverse mode as P^0 with 3 to 5 operations per operation of the loss."
    )
    return Card("cost", "What a gradient costs", takeaway, rows, (figure(table),), method)
