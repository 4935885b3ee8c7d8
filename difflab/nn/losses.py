"""Losses, and the objective that joins one to a network.

A loss says what it reduces and how (its ``convention``), because (y - m)^2, its half and its sum
are all called "squared error" somewhere. Cross-entropies take logits, never probabilities.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab import functions
from difflab.errors import DataError, ShapeError, unknown_name
from difflab.nn.mlp import MLP, Activation, identity
from difflab.numeric.network import changes
from difflab.tree import Nest


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
        ``kink(outputs, targets)`` changes its sign where the loss has a kink, entry by entry;
        finite differences count the stencils that reach across it.

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

    def __call__(self, outputs: Any, targets: Any) -> Any:
        """Mean of `of` over everything that it returns: one real number."""
        losses = self.of(outputs, targets)
        return np.mean(losses) if np.ndim(losses) else losses

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
    each.name: each for each in (squared_error, binary_cross_entropy, softmax_cross_entropy, hinge)
}
"""Losses by name."""


def loss(name: str) -> Loss:
    """Return the loss of a name.

    Raises
    ------
    UnknownNameError
        With the nearest names.

    Examples
    --------
    >>> loss("squared-error").convention
    '(y - m)^2 without 1/2, mean over samples and outputs'
    """
    if name not in LOSSES:
        raise unknown_name("loss", name, LOSSES, "difflab.nn.LOSSES")
    return LOSSES[name]


@dataclass(frozen=True)
class Objective:
    """The mean loss of a network over a batch: what is minimised.

    Follows `difflab.objective.SampleMean` and `NetworkObjective`, so an engine may derive the loss
    of one sample and evaluate it over any batch, or follow the move of a single unit. Immutable,
    hashable, picklable.

    Parameters
    ----------
    model : MLP
        The network.
    loss : Loss
        Compares its outputs with targets.

    Examples
    --------
    >>> objective = Objective(MLP((2, 10)), softmax_cross_entropy)
    >>> zeros = [(np.zeros((2, 10)), np.zeros(10))]
    >>> round(float(objective(zeros, np.ones((3, 2)), one_hot([0, 4, 9], 10))), 6)  # log of 10
    2.302585
    """

    model: MLP
    loss: Loss

    def __call__(self, params: Nest, x: Any, y: Any) -> Any:
        """Mean loss of a batch.

        Parameters
        ----------
        params : list of (W, b)
        x : array, shape (n, d)
        y : array, shape (n, k)

        Returns
        -------
        one real number, of the dtype of the arrays

        Raises
        ------
        ShapeError
            Also for y of shape (n,), which NumPy would broadcast against (n, 1) to (n, n).
        """
        if np.ndim(x) != 2:
            raise ShapeError(
                f"the inputs have shape {np.shape(x)}, which is not a batch",
                "a batch has one row per sample and one column per feature",
                "x[None, :] for a single sample, x[:, None] for a single feature",
            )
        self._check_targets(x, y)
        return self.loss(self.model(params, x), y)

    def sample_loss(self, params: Nest, x: Any, y: Any) -> Any:
        """Loss of one sample: x of shape (d,), y of shape (k,)."""
        if np.ndim(x) != 1:
            raise ShapeError(
                f"one sample was expected, and the inputs have shape {np.shape(x)}",
                "a sample has no batch axis",
                "objective(params, x, y) for a batch",
            )
        self._check_targets(x, y)
        return self.loss(self.model(params, x), y)

    @property
    def activations(self) -> tuple[Activation, ...]:
        """The function of each layer."""
        return self.model.activations

    @property
    def losses_per_sample(self) -> int:
        """How many numbers per sample the mean is over."""
        return 1 if self.loss.per_sample else self.model.widths[-1]

    def is_linear(self, activation: Activation) -> bool:
        """Whether an activation is the identity."""
        return activation is identity

    def loss_change(self, outputs: Any, targets: Any, moves: Any, *, axis: int) -> Any:
        """Change of the loss when outputs move, not reduced; outputs lie along ``axis``."""
        change = self.loss.change or changes.plain_change(self.loss.of)
        return change(outputs, targets, moves, axis=axis)

    @property
    def loss_kink(self) -> Callable[[Any, Any], Any] | None:
        """What changes its sign where the loss has a kink."""
        return self.loss.kink

    def _check_targets(self, x: Any, y: Any) -> None:
        outputs = self.model.widths[-1]
        wanted = (*np.shape(x)[:-1], outputs)
        if np.shape(y) == wanted:
            return
        if np.shape(y) == wanted[:-1]:
            why = f"NumPy would broadcast {np.shape(y)} against {wanted} without a word"
            instead = "y[:, None] makes a column of targets"
            if outputs > 1:
                instead = f"one_hot(y, {outputs}) turns class numbers into targets"
        else:
            why = f"the network {self.model} gives outputs of shape {wanted} for these inputs"
            instead = f"pass y of shape {wanted}"
        raise ShapeError(f"the targets have shape {np.shape(y)}", why, instead)


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
