"""Samples as the trainer takes them: arrays of the parameters' dtype, without gaps."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.errors import DataError, ParameterTypeError, ShapeError, UsageError
from difflab.nn.mlp import leaf_labels
from difflab.tree import Nest, check_parameters, flatten

_SPLIT = 2  # keeps the split's random numbers apart from those of parameters and batches


def as_samples(
    x: Any, y: Any, params: Nest, kind: str = "training"
) -> tuple[np.ndarray, np.ndarray]:
    """Convert samples to the dtype of the parameters, and check them.

    Parameters
    ----------
    x, y : array, shape (n, ...)
        Inputs and targets, one sample per row.
    params : nest of float arrays
        Decide the dtype: float32 parameters are trained in float32.
    kind : str
        What the samples are for; stands in front of their name in errors.

    Raises
    ------
    DataError
        For NaN, infinity, no samples at all, or something that is not real numbers; also for
        parameters that are not finite.
    ShapeError
        When x and y disagree about the number of samples.
    ParameterTypeError
        For parameters that cannot be trained.

    Examples
    --------
    >>> x, y = as_samples([[1], [2]], [[0], [1]], np.zeros(1, np.float32))
    >>> x.dtype, y.shape
    (dtype('float32'), (2, 1))
    """
    leaves, structure = flatten(params)
    check_parameters(leaves, structure)
    if not leaves:
        raise ParameterTypeError(
            "there are no parameters to train",
            f"the nest {params!r} holds no arrays",
            "difflab.nn.initialise(model, seed) makes parameters that fit",
        )
    for label, leaf in zip(leaf_labels(params), leaves):
        if not np.all(np.isfinite(leaf)):
            raise DataError(
                f"the {label} hold numbers that are not finite",
                "training cannot start from NaN or infinity",
                "difflab.nn.initialise(model, seed) makes parameters to start from",
            )
    dtype = np.result_type(*(np.asarray(leaf).dtype for leaf in leaves))
    if np.iscomplexobj(x) or np.iscomplexobj(y):
        raise DataError(
            f"the {kind} samples are complex",
            "a network here has real inputs and targets, and nothing is dropped silently",
            "x.real, or np.concatenate([x.real, x.imag], axis=1)",
        )
    try:
        with np.errstate(over="ignore"):  # an overflow shows as infinity, and is refused below
            x, y = np.asarray(x, dtype), np.asarray(y, dtype)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"the {kind} samples are not numbers",
            str(error),
            "convert text and gaps to numbers first",
        ) from error
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        raise ShapeError(
            f"{kind} x has shape {x.shape} and {kind} y has shape {y.shape}",
            "both need one row per sample",
            "x of shape (n, features) and y of shape (n, outputs)",
        )
    if len(x) == 0:
        raise DataError(
            f"there are no {kind} samples", "x and y are empty", "pass at least one row"
        )
    check_finite(f"{kind} x", x)
    check_finite(f"{kind} y", y)
    return x, y


def set_apart(
    x: np.ndarray, y: np.ndarray, share: Any, seed: int
) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Draw a share of the samples for validation.

    Parameters
    ----------
    x, y : ndarray, shape (n, d) and (n, k)
    share : float
        Between 0 and 1; at least one sample stays in each part.
    seed : int

    Returns
    -------
    x, y : ndarray
        What is left, in its order.
    validation : (x, y)

    Raises
    ------
    UsageError
        For a share that is no number between 0 and 1, or leaves one part empty.

    Examples
    --------
    >>> x = np.arange(8.0)[:, None]
    >>> left, _, (apart, _) = set_apart(x, x, 0.25, seed=0)
    >>> len(left), len(apart), sorted([*left.ravel(), *apart.ravel()]) == list(range(8))
    (6, 2, True)
    """
    real = isinstance(share, (float, int)) and not isinstance(share, bool)
    count = round(share * len(x)) if real and 0 < share < 1 else 0
    if not 0 < count < len(x):
        raise UsageError(
            f"the validation set is neither a pair (x, y) nor a share of the samples: {share!r}"
            if not real
            else f"a share of {share} of {len(x)} samples leaves one of the two parts empty",
            "training and validation both need samples",
            "fit(x, y, validation=(x_val, y_val)), or validation=0.2",
        )
    order = np.random.default_rng([seed, _SPLIT]).permutation(len(x))
    apart, left = np.sort(order[:count]), np.sort(order[count:])
    return x[left], y[left], (x[apart], y[apart])


def check_finite(name: str, array: np.ndarray) -> None:
    """Refuse samples that hold NaN or infinity.

    Parameters
    ----------
    name : str
        What the array is called.
    array : ndarray of float, shape (n, ...)

    Raises
    ------
    DataError
        Naming the first row and column.

    Examples
    --------
    >>> check_finite("training x", np.array([[1.0, np.nan]]))
    Traceback (most recent call last):
        ...
    difflab.errors.DataError: training x holds nan in row 0, column 1
      why: 1 of 2 entries are not finite, and one is enough to turn the loss into NaN
      try: keep = np.isfinite(x).all(axis=1) & np.isfinite(y).all(axis=1); x[keep], y[keep]
    """
    finite = np.isfinite(array)
    if finite.all():
        return
    wrong = np.argwhere(~finite)
    row, *columns = (int(index) for index in wrong[0])
    place = f"row {row}" + "".join(f", column {column}" for column in columns)
    raise DataError(
        f"{name} holds {array[tuple(wrong[0])]} in {place}",
        f"{len(wrong)} of {array.size} entries are not finite, and one is enough to turn "
        "the loss into NaN",
        "keep = np.isfinite(x).all(axis=1) & np.isfinite(y).all(axis=1); x[keep], y[keep]",
    )
