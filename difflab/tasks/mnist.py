"""MNIST: a 784-128-10 network with ReLU and softmax cross-entropy classifies handwritten digits.

Batches of 64, Adam with learning rate 1e-3, five epochs in float32: 97.5 to 98 % of the 10,000 test
images are right. The slide's loader prints 60,000 and 10,000 images, a first batch of shape
[64, 1, 28, 28], and its 64 labels; so do the files here. ``name=fashion-mnist`` takes the other
data set of the same form.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from difflab.datasets import Dataset, mnist
from difflab.nn import TrainingResult, accuracy
from difflab.tasks.experiment import Conditions
from difflab.tasks.pictures import curve_rows, figure_of, picture_rows
from difflab.tasks.rows import Rows
from difflab.tasks.settings import Settings
from difflab.tasks.task import Expectation, Task

FIRST_LABELS = (
    5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5, 3, 6, 1, 7, 2, 8, 6, 9, 4, 0, 9, 1,
    1, 2, 4, 3, 2, 7, 3, 8, 6, 9, 0, 5, 6, 0, 7, 6, 1, 8, 7, 9, 3, 9, 8, 5,
    9, 3, 3, 0, 7, 4, 9, 8, 0, 9, 4, 1, 4, 4, 6, 0,
)  # fmt: skip
"""Labels of the first batch, as the slide prints them."""

_SLIDE = "the slide's loader"


def first_batch(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and labels of the first batch as the slide's loader gives them.

    Returns
    -------
    pictures : ndarray, shape (64, 1, 28, 28)
    labels : ndarray of int, shape (64,)
    """
    side = round(data.x.shape[1] ** 0.5)
    count = len(FIRST_LABELS)
    return data.x[:count].reshape(-1, 1, side, side), np.argmax(data.y[:count], axis=1)


def facts(settings: Settings, data: Dataset) -> Mapping[str, float]:
    """Return what the slide's loader prints: counts, the shape of a batch, its labels."""
    del settings
    pictures, labels = first_batch(data)
    shape = ("images per batch", "channels", "rows of pixels", "columns of pixels")
    agree = [int(label) == printed for label, printed in zip(labels, FIRST_LABELS)]
    return {
        "training images": float(data.samples),
        "test images": float(0 if data.x_val is None else len(data.x_val)),
        **{name: float(size) for name, size in zip(shape, pictures.shape)},
        "labels as on the slide": float(sum(agree)),
    }


def exhibit(conditions: Conditions, training: TrainingResult, data: Dataset) -> Rows:
    """The first batch as pictures, and the evaluations of the run."""
    del conditions
    return [*picture_rows(data.x, data.y), *curve_rows(training, data.samples)]


def lesson(measured: Mapping[str, float]) -> str:
    """How many test images are right."""
    return (
        f"One hidden layer of ReLUs reads {measured['accuracy']:.2%} of the "
        f"{measured['test images']:,.0f} test images rightly; their loss is "
        f"{measured['validation loss']:.3g}, that of the training images "
        f"{measured['loss']:.3g}."
    )


TASK = Task(
    name="mnist",
    shows="the lecture's data set: from pixels to digits with one hidden layer",
    slide="MNIST dataset",
    settings=Settings(
        widths=(784, 128, 10),
        activation="relu",
        loss="softmax-cross-entropy",
        lr=1e-3,
        epochs=5,
        batch_size=64,
        standardised=False,
        dtype="float32",
        options=(("data_dir", ""), ("name", "mnist")),
    ),
    data=mnist,
    options=("data_dir", "name"),
    rates={"sgd": 0.1, "momentum": 0.05, "nesterov": 0.05, "rmsprop": 0.0005, "adamw": 1e-3},
    metric=accuracy,
    metric_name="accuracy",
    facts=facts,
    exhibit=exhibit,
    able=("symbolic", "autodiff"),
    figure=partial(figure_of, "mnist", "The first 64 images"),
    lesson=lesson,
    expectations=(
        Expectation("accuracy", 0.973, 0.983, "about 97.5 to 98 %"),
        Expectation("training images", 60_000, 60_000, _SLIDE),
        Expectation("test images", 10_000, 10_000, _SLIDE),
        Expectation("images per batch", 64, 64, _SLIDE),
        Expectation("channels", 1, 1, _SLIDE),
        Expectation("rows of pixels", 28, 28, _SLIDE),
        Expectation("columns of pixels", 28, 28, _SLIDE),
        Expectation("labels as on the slide", 64, 64, _SLIDE),
    ),
)
