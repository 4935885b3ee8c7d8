"""A network that predicts numbers, as a scikit-learn regressor."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import r2_score

from difflab.errors import ShapeError, unknown_name
from difflab.estimators.training import inputs, outputs, train, train_on
from difflab.estimators.validation import Pair, check_pair
from difflab.nn import EarlyStopping, Loss, Optimizer, Schedule, WholeBatch, loss
from difflab.nn.mlp import Activation
from difflab.providers import GradientProvider

REGRESSION_LOSSES = ("squared-error", "half-squared-error", "absolute", "huber")
"""Losses between numbers; all are means over samples and outputs."""


class MLPRegressor(RegressorMixin, BaseEstimator):
    """A multi-layer perceptron for regression, of one output or several; you choose the gradient.

    Inputs and targets are taken as they are. Standardise inputs with ``StandardScaler`` in a
    pipeline, and targets with ``TransformedTargetRegressor``. There are no sample weights:
    a sample of weight 2 would not be the same as two samples in a mini-batch.

    Parameters
    ----------
    hidden_widths : tuple of int
        Units of the hidden layers; () makes a linear model.
    activation : str or callable
        Of the hidden layers; a name of `difflab.nn.ACTIVATIONS`.
    loss : str
        "squared-error", "half-squared-error", "absolute" or "huber" (delta = 1).
    gradient : str or GradientProvider
        How to differentiate: any name that ``difflab providers`` lists.
    optimizer : str, Optimizer or WholeBatch
        A name such as "adam", or an optimizer of `difflab.nn` with settings of your own. "lbfgs"
        and "newton" see all samples at every step whatever ``batch_size`` is; an epoch is one of
        their iterations.
    learning_rate : float, Schedule or None
        Beside the name of an optimizer; None keeps that optimizer's own.
    schedule : str or None
        How the learning rate changes over the run: "cosine", "step:every=500,factor=0.5",
        "cosine:floor=1e-5,warmup=100", counted in steps.
    batch_size : int or None
        Samples per step; all where there are fewer, or with None.
    epochs : int
        How many times every sample is seen.
    l2 : float
        Adds l2/2 times the sum of squared weights, biases excluded, to the loss of every batch.
    initial : str
        How parameters start; a name of `difflab.nn.SCHEMES`.
    early_stopping : bool or EarlyStopping
        True ends training when the validation loss has not improved for ``patience`` epochs, and
        goes back to the best parameters. A rule replaces ``patience``;
        ``EarlyStopping(patience=10, monitor="full_loss", minimum=1e-4)`` waits for a plateau of the
        training loss.
    patience : int
        Epochs without improvement.
    validation_fraction : float or None
        Share of the samples that is set apart for `validation_curve_`, with early stopping or
        without; None sets a tenth apart where early stopping needs it, and nothing elsewhere.
    warm_start : bool
        Whether `fit` starts from the parameters that it found before.
    random_state : int, RandomState or None
        Decides first parameters, batches and validation set; an integer is the trainer's seed.
    dtype : str
        "float64" or "float32": what is computed in.
    verbose : bool
        Whether to draw a progress bar.

    Attributes
    ----------
    params_ : list of (W, b)
        What `difflab.nn.MLP` takes, W of shape (fan_in, fan_out) and b of shape (fan_out,).
    model_ : MLP
    history_ : History
        One row per step of the last `fit` or `partial_fit`.
    n_iter_ : int
        Epochs trained.
    loss_curve_ : list of float
        Mean loss of the batches, epoch by epoch.
    validation_curve_, validation_scores_ : list of float, or None
        Loss and R^2 of the validation set, epoch by epoch.
    best_step_ : int or None
        The step that early stopping went back to.
    gradient_norms_ : ndarray, shape (steps, layers)
        L2 norm of the gradient of every layer.
    optimizer_state_ : object
        What `partial_fit` goes on with.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Where the inputs had names.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> y = x[:, 0] ** 2
    >>> fitted = MLPRegressor((16,), "tanh", learning_rate=0.02, random_state=0).fit(x, y)
    >>> fitted.score(x, y) > 0.95
    True
    """

    def __init__(
        self,
        hidden_widths: tuple[int, ...] = (64,),
        activation: str | Activation = "relu",
        *,
        loss: str = "squared-error",
        gradient: str | GradientProvider = "autodiff",
        optimizer: str | Optimizer | WholeBatch = "adam",
        learning_rate: float | Schedule | None = None,
        schedule: str | None = None,
        batch_size: int | None = 64,
        epochs: int = 200,
        l2: float = 0.0,
        initial: str = "torch",
        early_stopping: bool | EarlyStopping = False,
        patience: int = 10,
        validation_fraction: float | None = None,
        warm_start: bool = False,
        random_state: Any = None,
        dtype: str = "float64",
        verbose: bool = False,
    ) -> None:
        self.hidden_widths = hidden_widths
        self.activation = activation
        self.loss = loss
        self.gradient = gradient
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.batch_size = batch_size
        self.epochs = epochs
        self.l2 = l2
        self.initial = initial
        self.early_stopping = early_stopping
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.random_state = random_state
        self.dtype = dtype
        self.verbose = verbose

    def fit(self, X: Any, y: Any, *, X_val: Any = None, y_val: Any = None) -> MLPRegressor:
        """Train.

        Parameters
        ----------
        X : array or DataFrame, shape (n, d)
        y : array, shape (n,) or (n, k)
        X_val, y_val : as X and y, or None
            A validation set of your own.

        Returns
        -------
        MLPRegressor
            Itself.

        Raises
        ------
        UsageError, UnknownNameError
            For parameters that do not fit.
        ValueError
            For samples that cannot be used; also `DataError` and `ShapeError`.
        DivergenceError
            When the loss grows beyond all bounds.
        """
        chosen = self._chosen_loss()
        x, targets, ndim = self._samples(X, y, reset=True)
        given: Pair | None = None
        if check_pair(X_val, y_val):
            given = self._samples(X_val, y_val, reset=False)[:2]
        train(self, x, targets, given, chosen, _r2)
        self._target_ndim = ndim
        return self

    def partial_fit(self, X: Any, y: Any) -> MLPRegressor:
        """Train for one epoch on these samples, from where the last call ended.

        The optimizer goes on too, unless it was changed for one of another kind. A schedule is
        that of ``epochs`` calls with as many samples.

        Parameters
        ----------
        X : array or DataFrame, shape (n, d)
        y : array, shape (n,) or (n, k)

        Returns
        -------
        MLPRegressor
            Itself.

        Examples
        --------
        >>> stream = MLPRegressor(random_state=0)
        >>> for _ in range(3):
        ...     stream = stream.partial_fit([[0.0], [1.0]], [0.0, 1.0])
        >>> stream.n_iter_
        3
        """
        chosen = self._chosen_loss()
        x, targets, ndim = self._samples(X, y, reset=not hasattr(self, "params_"))
        train_on(self, x, targets, chosen)
        self._target_ndim = ndim
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return predictions, of the shape that the targets had: (n,) or (n, k).

        Parameters
        ----------
        X : array or DataFrame, shape (n, d)
        """
        predictions = outputs(self, X)
        return predictions[:, 0] if self._target_ndim == 1 else predictions

    def _samples(self, X: Any, y: Any, reset: bool) -> tuple[np.ndarray, np.ndarray, int]:
        """Inputs, targets of shape (n, k), and how many axes these had."""
        x, y = inputs(self, X, reset=reset, y=y, multi_output=True, y_numeric=True)
        y = y.toarray() if hasattr(y, "toarray") else y
        targets = y[:, None] if y.ndim == 1 else y
        expected = None if reset else self._outputs()
        if expected is not None and targets.shape[1] != expected:
            raise ShapeError(
                f"the targets have {targets.shape[1]} columns",
                f"the estimator learns {expected}",
                f"targets of shape (n, {expected})",
            )
        return x, targets, y.ndim

    def _outputs(self) -> int | None:
        return self.model_.widths[-1] if hasattr(self, "model_") else None

    def _chosen_loss(self) -> Loss:
        if self.loss not in REGRESSION_LOSSES:
            raise unknown_name(
                "loss for regression", self.loss, REGRESSION_LOSSES, "help(difflab.MLPRegressor)"
            )
        return loss(self.loss)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _r2(predictions: Any, targets: Any) -> float:
    """What ``score`` gives; NaN, and no warning, for a single sample."""
    return float(r2_score(targets, predictions)) if len(targets) > 1 else float("nan")
