"""A task of the user's own: a table read from a CSV file, and a network that fits it.

Inputs are standardised, and so is the target of a regression: a price in the hundred thousands
would need a learning rate of its own. Losses are then shares of the target's variance, and the
error in the target's own unit is told beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from difflab.datasets import CsvTask, Dataset
from difflab.errors import DataError
from difflab.nn import accuracy, r2
from difflab.tasks.settings import Settings
from difflab.tasks.task import Task

HIDDEN = 16
EPOCHS = 200
BATCH = 32
RATES = {
    "sgd": 0.05, "momentum": 0.01, "nesterov": 0.01, "rmsprop": 0.002, "adam": 0.01, "adamw": 0.01
}  # fmt: skip
"""Learning rates for standardised columns."""


def own_table(table: CsvTask) -> Task:
    """Make a task from a table: regression with squared error, or a classifier.

    Parameters
    ----------
    table : CsvTask
        What `difflab.datasets.read_csv` returns.

    Returns
    -------
    Task
        One hidden layer of 16 tanh units, Adam, mini-batches of 32; every setting can be replaced.

    Raises
    ------
    DataError
        For a regression whose target does not vary.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from difflab.datasets import read_csv
    >>> path = Path(tempfile.mkdtemp()) / "house.csv"
    >>> _ = path.write_text("size,price\\n" + "".join(f"{n},{2.5 * n}\\n" for n in range(8)))
    >>> task = own_table(read_csv(path, "price"))
    >>> task.settings.widths, task.settings.loss, task.metric_name
    ((1, 16, 1), 'squared-error', 'R2')
    """
    data, regression = table.data, table.kind == "regression"
    centre, scale = np.zeros(1), np.ones(1)
    if regression:
        centre, scale = data.y.mean(axis=0), data.y.std(axis=0)
        if not scale[0] > 0:
            raise DataError(
                f"the target {table.target!r} is the same in every row",
                "there is nothing to learn",
                "another --target",
            )
        data = _scaled(data, centre, scale)
    features, outputs = data.x.shape[1], data.y.shape[1]

    def facts(settings: Settings, used: Dataset) -> Mapping[str, float]:
        del settings, used
        return {f"standard deviation of {table.target}": float(scale[0])} if regression else {}

    return Task(
        name=data.name,
        shows=f"{table.kind} of {table.target} from {features} columns",
        slide="linear regression and logistic regression: house prices, spam",
        settings=Settings(
            widths=(features, HIDDEN, outputs),
            loss="squared-error" if regression else "softmax-cross-entropy",
            lr=RATES["adam"],
            epochs=EPOCHS,
            batch_size=min(BATCH, data.samples),
        ),
        data=lambda: data,
        rates=RATES,
        metric=r2 if regression else accuracy,
        metric_name="R2" if regression else "accuracy",
        facts=facts,
        lesson=lambda measured: _lesson(table, measured, float(scale[0])),
    )


def _scaled(data: Dataset, centre: np.ndarray, scale: np.ndarray) -> Dataset:
    return replace(
        data,
        y=(data.y - centre) / scale,
        y_val=None if data.y_val is None else (data.y_val - centre) / scale,
    )


def _lesson(table: CsvTask, measured: Mapping[str, float], scale: float) -> str:
    kept = "rows kept apart" if "validation loss" in measured else "training rows"
    if table.kind == "regression":
        loss = measured.get("validation loss", measured["loss"])
        error = scale * float(np.sqrt(loss))
        return f"On the {kept} the root mean squared error of {table.target} is {error:.4g}."
    share = measured.get("accuracy")
    if share is None:
        return f"{len(table.classes)} classes: {', '.join(table.classes)}."
    most = float(table.data.y.mean(axis=0).max())
    return (
        f"On the {kept} {share:.1%} are classified rightly; always naming the most frequent of "
        f"{len(table.classes)} classes gives about {most:.1%}."
    )
