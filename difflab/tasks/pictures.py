"""What a classifier of pictures shows: a sheet of samples, and its learning curves.

Both are rows of one table. A picture is a row with its label and its pixels, two hexadecimal digits
each; an evaluation is a row with its epoch and its numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from difflab.chart import Chart, Figure, Series, Sheet
from difflab.nn import TrainingResult
from difflab.tasks.rows import Row, Rows, column, where

ON_SHEET = 64
"""Pictures on a sample sheet, 8 x 8 as on the slide."""
INK = 255

_EVALUATION = {
    "step": 0,
    "epoch": 0.0,
    "training loss": math.nan,
    "validation loss": math.nan,
    "accuracy": math.nan,
}


def picture_rows(x: np.ndarray, y: np.ndarray) -> list[Row]:
    """The first pictures of a data set with their labels.

    Parameters
    ----------
    x : ndarray, shape (n, pixels)
        Grey levels in 0..1, 1 is ink.
    y : ndarray, shape (n, classes)
        One-hot rows.

    Examples
    --------
    >>> row, = picture_rows(np.array([[0.0, 1.0]]), np.array([[0.0, 1.0]]))
    >>> row["label"], row["pixels"]
    ('1', '00ff')
    """
    levels = np.rint(np.clip(x[:ON_SHEET], 0, 1) * INK).astype(np.uint8)
    labels = np.argmax(y[:ON_SHEET], axis=1)
    return [
        {"kind": "picture", **_EVALUATION, "label": str(label), "pixels": picture.tobytes().hex()}
        for picture, label in zip(levels, labels)
    ]


def curve_rows(training: TrainingResult, samples: int) -> list[Row]:
    """The evaluations of a run on so many training samples."""
    seen = 0
    rows: list[Row] = []
    for step in training.history:
        seen += step.samples
        if step.full_loss is not None:
            rows.append(
                {
                    "kind": "evaluation",
                    "step": step.step,
                    "epoch": seen / samples,
                    "training loss": step.full_loss,
                    "validation loss": _number(step.validation_loss),
                    "accuracy": _number(step.metric),
                    "label": "",
                    "pixels": "",
                }
            )
    return rows


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def sheet(title: str, rows: Rows) -> Sheet:
    """The pictures of some rows; they are square."""
    pictures = where(rows, kind="picture")
    return Sheet(
        title,
        tuple(_grey_levels(row["pixels"]) for row in pictures),
        tuple(row["label"] for row in pictures),
    )


def _grey_levels(pixels: str) -> tuple[tuple[float, ...], ...]:
    levels = np.frombuffer(bytes.fromhex(pixels), np.uint8) / INK
    side = math.isqrt(len(levels))
    return tuple(map(tuple, levels.reshape(side, side).tolist()))


def curves(rows: Rows) -> tuple[Chart, Chart]:
    """Losses, and the share of wrong answers, against the epoch."""
    part = where(rows, kind="evaluation")
    epochs = column(part, "epoch")
    losses = tuple(
        Series(name, epochs, column(part, f"{name} loss"), markers=len(part) < 20)
        for name in ("training", "validation")
    )
    wrong = tuple(100 * (1 - share) for share in column(part, "accuracy"))
    mistakes = Series("validation", epochs, wrong, "central", markers=len(part) < 20)
    return (
        Chart("Learning curves", "epoch", "cross-entropy", losses, log_y=True),
        Chart("Mistakes", "epoch", "wrongly classified, %", (mistakes,), log_y=min(wrong) > 0),
    )


def figure_of(name: str, title: str, rows: Rows, more: Sequence[str] = ()) -> Figure:
    """The sample sheet and the learning curves under one name."""
    caption = " ".join(
        [
            "The first 64 training pictures with their labels; cross-entropy on training and "
            "validation samples, and the share of mistakes, against the epoch.",
            *more,
        ]
    )
    return Figure(name, (sheet(title, rows), *curves(rows)), caption)
