"""The objective that joins a loss, and a penalty on the weights, to a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from numbers import Real
from typing import Any

import numpy as np

from difflab.errors import ShapeError, UsageError
from difflab.nn.losses import Loss
from difflab.nn.mlp import MLP, Activation, identity
from difflab.numeric.network import changes
from difflab.tree import Nest


@dataclass(frozen=True)
class Objective:
    """The loss of a network over a batch, with a penalty on its weights: what is minimised.

    Follows `difflab.objective.SampleMean` and `NetworkObjective`, so an engine may derive the loss
    of one sample and evaluate it over any batch, or follow the move of a single unit. Immutable,
    hashable, picklable.

    Parameters
    ----------
    model : MLP
        The network.
    loss : Loss
        Compares its outputs with targets.
    l2 : float
        Adds l2/2 times the sum of all squared weights; biases are excluded. Counts once for a
        batch, whatever the reduction of the loss.

    Raises
    ------
    UsageError
        For anything else in place of a network, a loss, or a finite l2 of 0 or more.

    Examples
    --------
    >>> from difflab.nn import one_hot, softmax_cross_entropy, squared_error
    >>> objective = Objective(MLP((2, 10)), softmax_cross_entropy)
    >>> zeros = [(np.zeros((2, 10)), np.zeros(10))]
    >>> round(float(objective(zeros, np.ones((3, 2)), one_hot([0, 4, 9], 10))), 6)  # log of 10
    2.302585
    >>> Objective(MLP((2, 1)), squared_error, l2=0.01).convention
    '(y - m)^2 without 1/2, mean over samples and outputs; plus 0.01/2 times the sum of squared \
weights, biases excluded'
    """

    model: MLP
    loss: Loss
    l2: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.model, MLP):
            raise UsageError(
                f"{self.model!r} is no network",
                "an objective joins a loss to one of difflab.nn",
                "Objective(MLP((2, 64, 1)), squared_error), or a plain function of your own",
            )
        if not isinstance(self.loss, Loss):
            raise UsageError(
                f"{self.loss!r} is no loss",
                "it has to say how it compares outputs with targets, and its reduction",
                'difflab.nn.loss("squared-error"), or a difflab.nn.Loss of your own',
            )
        number = isinstance(self.l2, Real) and not isinstance(self.l2, bool)
        if not number or not 0 <= self.l2 < np.inf:
            raise UsageError(
                f"l2 = {self.l2!r} is no penalty",
                "it multiplies half of the sum of the squared weights, which is to shrink",
                "a finite number of 0 or more, such as l2=1e-4",
            )
        object.__setattr__(self, "l2", float(self.l2))

    @property
    def convention(self) -> str:
        """Reduction, factors and penalty in words; every report prints it."""
        if not self.l2:
            return self.loss.convention
        penalty = f"{self.l2:g}/2 times the sum of squared weights, biases excluded"
        return f"{self.loss.convention}; plus {penalty}"

    @property
    def reduction(self) -> str:
        """Whether it is the "mean" of losses, or their "sum"."""
        return self.loss.reduction

    def __call__(self, params: Nest, x: Any, y: Any) -> Any:
        """Loss of a batch, and the penalty.

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
        return self._penalised(self.loss(self.model(params, x), y), params)

    def sample_loss(self, params: Nest, x: Any, y: Any, share: Any = 1) -> Any:
        """Loss of one sample: x of shape (d,), y of shape (k,), and its share of the penalty.

        The share is 1 in a mean over samples, and 1/n in a sum over n of them.
        """
        if np.ndim(x) != 1:
            raise ShapeError(
                f"one sample was expected, and the inputs have shape {np.shape(x)}",
                "a sample has no batch axis",
                "objective(params, x, y) for a batch",
            )
        self._check_targets(x, y)
        return self._penalised(self.loss(self.model(params, x), y), params, share)

    def _penalised(self, loss: Any, params: Nest, share: Any = 1) -> Any:
        if not self.l2:
            return loss
        squares = sum(np.sum(np.square(weights)) for weights, _ in params)
        return loss + self.l2 / 2 * squares * share

    @property
    def activations(self) -> tuple[Activation, ...]:
        """The function of each layer."""
        return self.model.activations

    @property
    def losses_per_sample(self) -> int:
        """How many numbers per sample the mean, or sum, is over."""
        return 1 if self.loss.per_sample else self.model.widths[-1]

    def is_linear(self, activation: Activation) -> bool:
        """Whether an activation is the identity."""
        return activation is identity

    def loss_change(self, outputs: Any, targets: Any, moves: Any, *, axis: int) -> Any:
        """Change of the loss when outputs move, not reduced; outputs lie along ``axis``."""
        change = self.loss.change or changes.plain_change(self.loss.of)
        return change(outputs, targets, moves, axis=axis)

    @property
    def penalty_change(self) -> Callable[[Any, Any], Any] | None:
        """Change of the penalty, for every weight that moves alone; None without one."""
        return partial(changes.penalty_change, l2=self.l2) if self.l2 else None

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
