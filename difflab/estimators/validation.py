"""The validation set of an estimator: given by the caller, or set apart from the samples."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from difflab.errors import DataError, UsageError
from difflab.nn import EarlyStopping

_USUAL_FRACTION = 0.1

Pair = tuple[np.ndarray, np.ndarray]
"""Inputs and targets."""


def split(
    x: np.ndarray,
    y: np.ndarray,
    given: Pair | None,
    fraction: float | None,
    rule: EarlyStopping | None,
    seed: int,
    strata: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, Pair | None]:
    """Return training samples and the validation set, if there is to be one.

    Parameters
    ----------
    x, y : ndarray, shape (n, d) and (n, k)
    given : (x, y) or None
        A validation set of the caller.
    fraction : float or None
        Share of the samples to set apart; None sets a tenth apart where early stopping needs it,
        and nothing elsewhere.
    rule : EarlyStopping or None
    seed : int
    strata : ndarray, shape (n,), or None
        Classes, whose shares are kept in both parts.

    Raises
    ------
    UsageError
        For a fraction that is none, or one beside a validation set.
    DataError
        When there are too few samples.

    Examples
    --------
    >>> x = np.arange(10.0)[:, None]
    >>> left, _, (apart, _) = split(x, x, None, 0.2, None, seed=0)
    >>> len(left), len(apart)
    (8, 2)
    """
    if given is not None:
        if fraction is not None:
            raise UsageError(
                f"validation_fraction = {fraction!r} was given beside X_val and y_val",
                "there is one validation set",
                "validation_fraction=None, or fit(X, y) alone",
            )
        return x, y, given
    if fraction is None:
        if rule is None or rule.monitor == "full_loss":
            return x, y, None
        fraction = _USUAL_FRACTION
    number = isinstance(fraction, Real) and not isinstance(fraction, (bool, np.bool_))
    if not number or not 0 < fraction < 1:
        raise UsageError(
            f"validation_fraction = {fraction!r} is no share",
            "it is the part of the samples that training does not see",
            "a number between 0 and 1, such as validation_fraction=0.1, or None",
        )
    try:
        left, apart = train_test_split(
            np.arange(len(x)), test_size=float(fraction), random_state=seed, stratify=strata
        )
    except ValueError as error:
        raise DataError(
            f"validation_fraction = {fraction} of {len(x)} samples cannot be set apart",
            str(error),
            "a larger fraction, more samples, or fit(X, y, X_val=..., y_val=...)",
        ) from error
    return x[left], y[left], (x[apart], y[apart])


def check_pair(x_val: Any, y_val: Any) -> bool:
    """Whether a validation set was given; half of one is refused.

    Examples
    --------
    >>> check_pair(None, None), check_pair([[1.0]], [2.0])
    (False, True)
    """
    if (x_val is None) != (y_val is None):
        missing, there = ("X_val", "y_val") if x_val is None else ("y_val", "X_val")
        raise UsageError(
            f"{there} was given without {missing}",
            "a validation set has inputs and targets",
            "fit(X, y, X_val=X_val, y_val=y_val)",
        )
    return x_val is not None
