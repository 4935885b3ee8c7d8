"""Losses: squared error in three reductions, absolute, Huber, cross-entropies, hinge.

A loss says what it reduces and how (its ``convention``), because (y - m)^2, its half and its sum
are all called "squared error" somewhere. Cross-entropies take logits, never probabilities.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab import functions
from difflab.errors import DataError, unknown_name
from difflab.numeric.network import changes


def _any_target(targets: np.ndarray) -> str:  # noqa: ARG001 - the form of a refusal
    return ""


def _not_probabilities(targets: np.ndarray) -> str:
    outside = np.argwhere((targets < 0) | (targets > 1))
    if not len(outside):
        return ""
    row, column = outside[0]
    return f"row {row}, column {column} is {targets[row, column]:g}, and targets lie in 0..1"


def _not_distributions(targets: np.ndarray) -> str:
    if targets.shape[1] < 2:
        return "there is one class, which is always right; one_hot(labels, classes) makes columns"
    wrong = np.flatnonzero(np.abs(targets.sum(axis=1) - 1) > 1e-6)
    if len(wrong):
        return f"row {wrong[0]} sums to {targets[wrong[0]].sum():g}, and each has to sum to 1"
    return _not_probabilities(targets)


REDUCTIONS: dict[str, Callable[[Any], Any]] = {"mean": np.mean, "sum": np.sum}
"""How one number is made of many."""


@dataclass(frozen=True, repr=False)
class Loss:
    """A loss of outputs against targets.

    Attributes
    ----------
    name : str
        The name that `loss` finds it by.
    of : callable
        ``of(outputs, targets)`` gives the loss of every entry or sample, not reduced; a function
        at module level, so that the loss can be pickled.
    convention : str
        The reduction and the factors, in words; every report prints it.
    refusal : callable
        ``refusal(targets)`` says why targets of shape (n, k) make no sense for this loss, or "".
    change : callable or None
        The loss in delta form, see `difflab.numeric.network.changes`; without one, finite
        differences of networks subtract two losses.
    per_sample : bool
        Whether `of` gives one number per sample, rather than one per output.
    kink : callable or None
        ``kink(outputs, targets)`` changes its sign where the loss has a kink, or its slope has
        one, entry by entry; finite differences count the stencils that reach across it.
    reduction : {"mean", "sum"}
        Of everything that `of` returns.

    Examples
    --------
    >>> float(squared_error(np.array([[1.0], [3.0]]), np.zeros((2, 1))))
    5.0
    """

    name: str
    of: Callable[[Any, Any], Any]
    convention: str
    refusal: Callable[[np.ndarray], str] = _any_target
    change: Callable[..., Any] | None = None
    per_sample: bool = False
    kink: Callable[[Any, Any], Any] | None = None
    reduction: str = "mean"

    def __post_init__(self) -> None:
        if self.reduction not in REDUCTIONS:
            raise unknown_name(
                "reduction", self.reduction, REDUCTIONS, "difflab.nn.losses.REDUCTIONS"
            )

    def __call__(self, outputs: Any, targets: Any) -> Any:
        """Mean, or sum, of `of` over everything that it returns: one real number."""
        losses = self.of(outputs, targets)
        return REDUCTIONS[self.reduction](losses) if np.ndim(losses) else losses

    def __repr__(self) -> str:
        return f"loss({self.name!r})"

    def check_targets(self, targets: np.ndarray) -> None:
        """Refuse targets that this loss cannot be about.

        Raises
        ------
        DataError
            Naming the first entry.

        Examples
        --------
        >>> binary_cross_entropy.check_targets(np.array([[0.0], [1.0]]))
        """
        why = self.refusal(targets)
        if why:
            raise DataError(
                f"the targets make no sense for the loss {self.name!r}",
                why,
                "squared-error for numbers, or other targets",
            )


def _squares(outputs: Any, targets: Any) -> Any:
    return (targets - outputs) ** 2


def _half_squares(outputs: Any, targets: Any) -> Any:
    return (targets - outputs) ** 2 / 2


def _distances(outputs: Any, targets: Any) -> Any:
    """|m - y| as relu(m - y) + relu(y - m), which complex numbers can follow too."""
    apart = _differences(outputs, targets)
    return functions.relu(apart) + functions.relu(-apart)


def _differences(outputs: Any, targets: Any) -> Any:
    return outputs - targets


def _huber(outputs: Any, targets: Any) -> Any:
    apart = outputs - targets
    slope = np.clip(apart, -1, 1)
    return slope * (apart - slope / 2)


def _beyond(outputs: Any, targets: Any) -> Any:
    """Above 0 where |m - y| > 1; the slope of Huber's loss bends at either side."""
    return np.abs(outputs - targets) - 1


def _shortfalls(outputs: Any, targets: Any) -> Any:
    return 1 - targets * outputs


def _margins(outputs: Any, targets: Any) -> Any:
    return functions.relu(_shortfalls(outputs, targets))


def _not_signs(targets: np.ndarray) -> str:
    outside = np.argwhere((targets != 1) & (targets != -1))
    if not len(outside):
        return ""
    row, column = outside[0]
    return f"row {row}, column {column} is {targets[row, column]:g}, and targets are -1 or 1"


squared_error = Loss(
    "squared-error",
    _squares,
    "(y - m)^2 without 1/2, mean over samples and outputs",
    change=changes.squared_error_change,
)
half_squared_error = Loss(
    "half-squared-error",
    _half_squares,
    "(y - m)^2 / 2, mean over samples and outputs",
    change=changes.half_squared_error_change,
)
sum_squared_error = Loss(
    "sum-squared-error",
    _squares,
    "(y - m)^2 without 1/2, sum over samples and outputs",
    change=changes.squared_error_change,
    reduction="sum",
)
absolute_error = Loss(
    "absolute",
    _distances,
    "|y - m|, mean over samples and outputs",
    change=changes.absolute_change,
    kink=_differences,
)
huber = Loss(
    "huber",
    _huber,
    "(y - m)^2 / 2 where |y - m| <= 1, else |y - m| - 1/2, mean over samples and outputs",
    change=changes.huber_change,
    kink=_beyond,
)
binary_cross_entropy = Loss(
    "binary-cross-entropy",
    functions.binary_cross_entropy,
    "-y log sigmoid(z) - (1 - y) log(1 - sigmoid(z)) from logits z, mean over samples and outputs",
    _not_probabilities,
    changes.binary_cross_entropy_change,
)
softmax_cross_entropy = Loss(
    "softmax-cross-entropy",
    functions.softmax_cross_entropy,
    "-sum over classes of y log softmax(z) from logits z, mean over samples",
    _not_distributions,
    changes.softmax_cross_entropy_change,
    per_sample=True,
)
hinge = Loss(
    "hinge",
    _margins,
    "max(0, 1 - y m) for targets y of -1 or 1, mean over samples and outputs",
    _not_signs,
    changes.hinge_change,
    kink=_shortfalls,
)

LOSSES: dict[str, Loss] = {
    each.name: each
    for each in (
        *(squared_error, binary_cross_entropy, softmax_cross_entropy, hinge),
        *(half_squared_error, sum_squared_error, absolute_error, huber),
    )
}
"""Losses by name."""


def loss(name: str) -> Loss:
    """Return the loss of a name.

    Parameters
    ----------
    name : str
        "squared-error", "half-squared-error" and "sum-squared-error", "absolute", "huber" (with
        delta = 1), "binary-cross-entropy", "softmax-cross-entropy" or "hinge".

    Raises
    ------
    UnknownNameError
        With the nearest names.

    Examples
    --------
    >>> loss("squared-error").convention
    '(y - m)^2 without 1/2, mean over samples and outputs'
    """
    if not isinstance(name, str) or name not in LOSSES:
        raise unknown_name("loss", name, LOSSES, "difflab.nn.LOSSES")
    return LOSSES[name]


def one_hot(labels: Any, classes: int) -> np.ndarray:
    """Turn class numbers into rows with a single one.

    Parameters
    ----------
    labels : array of int, shape (n,)
        Each from 0 to ``classes - 1``.
    classes : int
        How many classes there are.

    Returns
    -------
    ndarray of float64, shape (n, classes)

    Raises
    ------
    DataError
        For labels that are not integers, or out of range, naming the first.

    Examples
    --------
    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    numbers = np.asarray(labels)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
        raise DataError(
            f"labels of type {numbers.dtype} and shape {numbers.shape} are not class numbers",
            "one integer per sample is needed",
            "labels.astype(int).ravel(), if they are whole numbers",
        )
    outside = np.flatnonzero((numbers < 0) | (numbers >= classes))
    if outside.size:
        raise DataError(
            f"label {numbers[outside[0]]} of sample {outside[0]} is out of range",
            f"{classes} classes are numbered 0 to {classes - 1}",
            f"one_hot(labels, {max(classes, int(numbers.max()) + 1)}), or labels - labels.min()",
        )
    return np.eye(classes)[numbers]
