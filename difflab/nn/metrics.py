"""Metrics: numbers a reader understands at once, computed from outputs and targets."""

from __future__ import annotations

from typing import Any

import numpy as np


def accuracy(outputs: Any, targets: Any) -> float:
    """Share of samples that are classified rightly.

    Parameters
    ----------
    outputs : array, shape (n, k)
        Logits; with k = 1 a positive logit means class 1.
    targets : array, shape (n, k)
        One-hot rows; with k = 1 zeros and ones.

    Returns
    -------
    float in [0, 1]

    Examples
    --------
    >>> accuracy(np.array([[3.0, 1.0], [0.0, 2.0]]), np.array([[1.0, 0.0], [1.0, 0.0]]))
    0.5
    >>> accuracy(np.array([[-1.0], [2.0]]), np.array([[0.0], [1.0]]))
    1.0
    """
    if np.shape(outputs)[-1] == 1:
        return float(np.mean((np.asarray(outputs) > 0) == (np.asarray(targets) > 0.5)))
    return float(np.mean(np.argmax(outputs, axis=-1) == np.argmax(targets, axis=-1)))


def r2(outputs: Any, targets: Any) -> float:
    """Share of the targets' variance that the outputs explain.

    1 - sum (y - m)^2 / sum (y - mean y)^2, with the mean of each output; 1 is perfect, 0 is as
    good as the mean. NaN where the targets do not vary.

    Examples
    --------
    >>> r2(np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]]))
    0.5
    """
    y = np.asarray(targets)
    spread = float(np.sum((y - np.mean(y, axis=0)) ** 2))
    return 1 - float(np.sum((y - outputs) ** 2)) / spread if spread > 0 else float("nan")
