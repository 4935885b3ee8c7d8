"""How does training converge? The same run under each provider, against steps and against seconds.

Every provider starts from the same parameters and sees the same batches, so curves differ only by
the error of the gradients, and seconds only by their price.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from difflab import tasks
from difflab.errors import UsageError
from difflab.studies.measurement import Measurement
from difflab.tasks.price import Price
from difflab.tree import size

DENSE = 100
"""First steps, all of which are kept."""

SPARSE = 120
"""Further steps that are kept, evenly spread."""


def measure(
    task: str,
    provider: str,
    optimizer: str = "",
    seed: int = 0,
    dtype: str = "float64",
    steps: int | None = None,
    patience: float = 30.0,
) -> list[Measurement]:
    """Train a task with one provider and keep its curve.

    Parameters
    ----------
    task, provider : str
        By name.
    optimizer : str
        By name; the task's own where empty.
    seed : int
        Of parameters and batches.
    dtype : str
    steps : int or None
        The task's own number where None.
    patience : float
        Seconds that the run may take, by estimate.

    Returns
    -------
    list of Measurement
        "batch loss" and "seconds" with ``at`` the step; "full loss" and "validation loss" with
        ``at`` the step; "preparation" and, for the last step, every number the task judges by,
        with the interval expected of it where there is one.

    Raises
    ------
    UsageError
        When the run would take longer than ``patience``.
    """
    chosen = tasks.get(task)
    settings = chosen.with_optimizer(optimizer) if optimizer else chosen.settings
    settings = replace(settings, seed=seed, dtype=dtype, steps=steps or settings.steps)

    def refuse_endless(price: Price) -> None:
        if price.seconds > patience:
            raise UsageError(
                f"the run would take about {price.seconds:.0f} s",
                f"{price}; the patience of this profile is {patience:.0f} s",
                "difflab report --profile full",
            )

    result = tasks.run(
        chosen, provider, settings, confirmed=True, progress=False, announce=refuse_endless
    )
    training = result.training
    if training is None:
        raise UsageError(
            f"{task} is an experiment of many runs", "it has no single curve", "a task that trains"
        )
    history = training.history
    kept = [history[i] for i in kept_steps(len(history))]
    shape = {
        "parameters": size(training.params),
        "batch": settings.batch_size or chosen.dataset(settings).samples,
    }
    found = [Measurement("batch loss", row.batch_loss, "1", at=row.step, **shape) for row in kept]
    found += [Measurement("seconds", row.seconds, "s", at=row.step, **shape) for row in kept]
    for row in history:
        if row.full_loss is not None:
            found.append(Measurement("full loss", row.full_loss, "1", at=row.step, **shape))
        if row.validation_loss is not None:
            found.append(
                Measurement("validation loss", row.validation_loss, "1", at=row.step, **shape)
            )
    found.append(Measurement("preparation", training.preparation_seconds, "s", **shape))
    found.append(Measurement("training", training.seconds, "s", **shape))
    found.append(Measurement("steps", settings.steps, "1", **shape))
    found.append(Measurement("learning rate", settings.lr, "1", **shape))
    for name, value in result.measured.items():
        found.append(Measurement(f"final {name}", value, "1", **shape))
    for check in result.checks:
        name, expected = check.expectation.quantity, check.expectation
        found.append(Measurement(f"least {name}", expected.low, "1", **shape))
        found.append(Measurement(f"largest {name}", expected.high, "1", **shape))
        found.append(Measurement(f"source of {name}", expected.source, "", **shape))
    return found


def kept_steps(steps: int) -> list[int]:
    """Positions of the steps that are kept: the first `DENSE`, then about `SPARSE`, then the last.

    Examples
    --------
    >>> kept_steps(3), len(kept_steps(5000)), kept_steps(5000)[-1]
    ([0, 1, 2], 220, 4999)
    """
    dense = range(min(DENSE, steps))
    sparse = np.linspace(len(dense), steps - 1, SPARSE).astype(int) if steps > DENSE else dense
    return sorted({*dense, *map(int, sparse)})
