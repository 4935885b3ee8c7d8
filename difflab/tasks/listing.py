"""The list of all tasks: what each shows, who can carry it out, and what that costs, roughly."""

from __future__ import annotations

from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from difflab import tasks
from difflab.clock import duration
from difflab.errors import DifflabError
from difflab.providers import get
from difflab.tasks.experiment import Conditions
from difflab.tasks.run import price_of, typical_gradient
from difflab.tasks.task import Task
from difflab.tree import Nest, flatten, size

MATRIX_RATE = 5e10
"""Multiplications and additions per second in products of matrices."""
UNIT_SECONDS = 15e-9
"""Seconds per unit and sample: activation, its derivative, and the memory they need."""
CALL_SECONDS = 1e-4
"""Seconds per step apart from that."""


def rough_seconds(params: Nest, samples: int, steps: int) -> float:
    """Seconds of a run with reverse mode, by a rule of thumb that is right within a factor of 3.

    A gradient multiplies three matrices per layer, 6 P operations per sample for P parameters; it
    touches every unit a few times; and a step has a price of its own.

    Examples
    --------
    >>> params = [(np.zeros((2, 64)), np.zeros(64)), (np.zeros((64, 1)), np.zeros(1))]
    >>> 1e-4 < rough_seconds(params, 1000, 1) < 1e-2
    True
    """
    leaves = [np.asarray(leaf) for leaf in flatten(params)[0]]
    units = sum(leaf.size for leaf in leaves[1::2]) or 1
    products = 6 * size(params) * samples / MATRIX_RATE
    return steps * (products + units * samples * UNIT_SECONDS + CALL_SECONDS)


def listing(name: str) -> dict[str, Any]:
    """One task as a row: network, gradients, rough price, who is able, what it shows."""
    task = tasks.get(name)
    model = task.objective(task.settings).model
    try:
        _, params, x, _, steps = typical_gradient(task, task.settings)
        count, price = f"{steps:,}", duration(rough_seconds(params, len(x), steps))
    except DifflabError:  # files that are not here
        count, price = "", "needs its files"
    return {
        "task": name,
        "network": str(model),
        "parameters": f"{model.parameter_count:,}",
        "gradients": count,
        "price": price,
        "S N A": marks(task),
        "shows": task.shows,
    }


def marks(task: Task) -> str:
    """Who is able, as letters: symbolic, numerical, automatic.

    Examples
    --------
    >>> marks(tasks.get("simplest"))
    'S N A'
    """
    letters = {"symbolic": "S", "finite-difference": "N", "autodiff": "A"}
    families = {spec.split(":")[0] for spec in task.able}
    return " ".join(letter if name in families else "-" for name, letter in letters.items())


def measured_prices(name: str) -> dict[str, str]:
    """Price of a task with each provider that is able, one gradient timed now."""
    task = tasks.get(name)
    row = {"task": name}
    for spec in task.able:
        column = spec.split(":")[0]
        try:
            with threadpool_limits(1, user_api="blas"):  # as `run` has it
                price, _ = price_of(Conditions(task, task.settings, get(spec)))
            row[column] = duration(price.preparation + price.seconds)
        except DifflabError as error:
            row[column] = error.what
    return row
