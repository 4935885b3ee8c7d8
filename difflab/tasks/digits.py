"""Real handwritten digits, 8 x 8 pixels: a 64-32-10 classifier with softmax cross-entropy.

1,797 images of scikit-learn, three quarters to train on. From zero weights the loss is ln 10. The
networks 64-32-10 and 64-64-10 classify 97 to 98 % of the images kept apart, softmax regression
(64-10) about 96 %. Every provider that can gets there from the same start.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

import numpy as np

from difflab.datasets import Dataset, digits
from difflab.nn import TrainingResult, accuracy, loss
from difflab.tasks.experiment import Conditions
from difflab.tasks.pictures import curve_rows, figure_of, picture_rows
from difflab.tasks.rows import Rows
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task

_SOURCE = "band over seeds 0 to 4"
LN_10 = math.log(10)


def exhibit(conditions: Conditions, training: TrainingResult, data: Dataset) -> Rows:
    """The first training images, and the evaluations of the run."""
    del conditions
    return [*picture_rows(data.x, data.y), *curve_rows(training, data.samples)]


def facts(settings: Settings, data: Dataset) -> Mapping[str, float]:
    """Return the loss of a network whose weights are all zero, and with them its outputs."""
    return {"loss at zero weights": float(loss(settings.loss)(np.zeros_like(data.y), data.y))}


def lesson(measured: Mapping[str, float]) -> str:
    """How many images are right, and what the loss came from."""
    return (
        f"{measured['accuracy']:.1%} of the images kept apart are classified rightly; the loss is "
        f"{measured['loss']:.2g} on the training images and {measured['validation loss']:.2g} on "
        f"the others, where a network of zeros has {measured['loss at zero weights']:.3f}."
    )


TASK = Task(
    name="digits",
    shows="a classifier on real images, trained on mini-batches",
    slide="classification; cross-entropy",
    settings=Settings(
        widths=(64, 32, 10),
        activation="relu",
        loss="softmax-cross-entropy",
        lr=0.005,
        steps=1100,
        batch_size=64,
        standardised=False,
    ),
    data=digits,
    rates={"sgd": 0.5, "momentum": 0.1, "nesterov": 0.1, "rmsprop": 0.002, "adamw": 0.005},
    metric=accuracy,
    metric_name="accuracy",
    facts=facts,
    exhibit=exhibit,
    figure=partial(figure_of, "digits", "The first 64 images"),
    lesson=lesson,
    expectations=(
        Expectation("accuracy", 0.965, 0.99, _SOURCE),
        Expectation("loss at zero weights", LN_10 - 1e-12, LN_10 + 1e-12, "ln 10"),
        Expectation("accuracy", 0.965, 0.99, _SOURCE, given={"widths": (64, 64, 10)}),
        Expectation("accuracy", 0.95, 0.975, "softmax regression", given={"widths": (64, 10)}),
    ),
)
