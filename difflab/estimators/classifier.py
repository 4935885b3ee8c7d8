"""A network that predicts classes, as a scikit-learn classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from difflab.errors import DataError, UsageError
from difflab.estimators.training import inputs, is_warm, outputs, train, train_on
from difflab.estimators.validation import Pair, check_pair
from difflab.functions import log_softmax, sigmoid, softmax, softplus
from difflab.nn import (
    EarlyStopping,
    Loss,
    Optimizer,
    Schedule,
    WholeBatch,
    accuracy,
    binary_cross_entropy,
    one_hot,
    softmax_cross_entropy,
)
from difflab.nn.mlp import Activation
from difflab.providers import GradientProvider


class MLPClassifier(ClassifierMixin, BaseEstimator):
    """A multi-layer perceptron for classification; you choose the gradient.

    Two classes take one logit and binary cross-entropy; more take a logit each and softmax
    cross-entropy. Both are means over samples, in nats. Inputs are taken as they are; standardise
    them with ``StandardScaler`` in a pipeline. There are no sample weights: a sample of weight 2
    would not be the same as two samples in a mini-batch.

    Parameters
    ----------
    hidden_widths, activation, gradient, optimizer, learning_rate, schedule, batch_size, epochs, \
l2, initial, early_stopping, patience, validation_fraction, warm_start, random_state, dtype, verbose
        As in `MLPRegressor`. A validation set that is set apart keeps the shares of the classes.

    Attributes
    ----------
    classes_ : ndarray, shape (classes,)
        In sorted order, which is that of the columns of `predict_proba`.
    validation_curve_, validation_scores_ : list of float, or None
        Loss and accuracy of the validation set, epoch by epoch.
    params_, model_, history_, n_iter_, loss_curve_, best_step_, gradient_norms_, \
optimizer_state_, n_features_in_, feature_names_in_
        As in `MLPRegressor`.

    Examples
    --------
    >>> x = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    >>> fitted = MLPClassifier((8,), learning_rate=0.02, random_state=0)
    >>> fitted.fit(x, ["near", "near", "far", "far"]).predict([[-3.0], [3.0]])
    array(['near', 'far'], dtype='<U4')
    """

    classes_: np.ndarray

    def __init__(
        self,
        hidden_widths: tuple[int, ...] = (64,),
        activation: str | Activation = "relu",
        *,
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

    def fit(self, X: Any, y: Any, *, X_val: Any = None, y_val: Any = None) -> MLPClassifier:
        """Train.

        Parameters
        ----------
        X : array or DataFrame, shape (n, d)
        y : array, shape (n,)
            Labels of any kind that can be sorted: numbers, text, booleans.
        X_val, y_val : as X and y, or None
            A validation set of your own.

        Returns
        -------
        MLPClassifier
            Itself.

        Raises
        ------
        UsageError, UnknownNameError
            For parameters that do not fit.
        ValueError
            For samples that cannot be used; also `DataError`.
        DivergenceError
            When the loss grows beyond all bounds.
        """
        x, labels = self._samples(X, y, reset=True)
        classes = _classes_of(labels)
        if is_warm(self) and not np.array_equal(classes, self.classes_):
            raise _other_classes(classes, self.classes_)
        given: Pair | None = None
        if check_pair(X_val, y_val):
            x_val, labels_val = self._samples(X_val, y_val, reset=False)
            given = x_val, _targets(labels_val, classes)
        targets = _targets(labels, classes)
        train(self, x, targets, given, _loss(classes), accuracy, strata=labels)
        self.classes_ = classes
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> MLPClassifier:
        """Train for one epoch on these samples, from where the last call ended.

        The optimizer goes on too, unless it was changed for one of another kind. A schedule is
        that of ``epochs`` calls with as many samples.

        Parameters
        ----------
        X : array or DataFrame, shape (n, d)
        y : array, shape (n,)
        classes : array, shape (classes,), or None
            All classes there will ever be; needed by the first call.

        Returns
        -------
        MLPClassifier
            Itself.

        Examples
        --------
        >>> stream = MLPClassifier(random_state=0)
        >>> stream = stream.partial_fit([[0.0], [1.0]], ["b", "a"], classes=["a", "b", "c"])
        >>> stream.predict_proba([[0.5]]).shape
        (1, 3)
        """
        first = not hasattr(self, "params_")
        if first and classes is None:
            raise UsageError(
                "the first call of partial_fit needs the classes",
                "the network has an output for each, and later samples may bring new ones",
                "partial_fit(X, y, classes=np.unique(all_labels))",
            )
        x, labels = self._samples(X, y, reset=first)
        known: np.ndarray = self.classes_ if classes is None else _classes_of(np.asarray(classes))
        if not first and not np.array_equal(known, self.classes_):
            raise _other_classes(known, self.classes_)
        train_on(self, x, _targets(labels, known), _loss(known))
        self.classes_ = known
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Return logits: shape (n,) for two classes, positive for the second; (n, k) for more.

        Parameters
        ----------
        X : array or DataFrame, shape (n, d)
        """
        logits = outputs(self, X)
        return logits[:, 0] if logits.shape[1] == 1 else logits

    def predict(self, X: Any) -> np.ndarray:
        """Return the likeliest class of every sample, shape (n,).

        Parameters
        ----------
        X : array or DataFrame, shape (n, d)
        """
        logits = outputs(self, X)
        binary = logits.shape[1] == 1
        return self.classes_[(logits[:, 0] > 0).astype(int) if binary else logits.argmax(axis=1)]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of every class, shape (n, classes).

        Parameters
        ----------
        X : array or DataFrame, shape (n, d)
        """
        logits = outputs(self, X)
        if logits.shape[1] == 1:
            return np.hstack([sigmoid(-logits), sigmoid(logits)])
        return softmax(logits)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Return the logarithm of `predict_proba`, finite where that rounds to 0.

        Parameters
        ----------
        X : array or DataFrame, shape (n, d)
        """
        logits = outputs(self, X)
        if logits.shape[1] == 1:
            return -np.hstack([softplus(logits), softplus(-logits)])
        return log_softmax(logits)

    def _samples(self, X: Any, y: Any, reset: bool) -> tuple[np.ndarray, np.ndarray]:
        x, labels = inputs(self, X, reset=reset, y=y)
        check_classification_targets(labels)
        return x, column_or_1d(labels)


def _loss(classes: np.ndarray) -> Loss:
    return binary_cross_entropy if len(classes) == 2 else softmax_cross_entropy


def _classes_of(labels: np.ndarray) -> np.ndarray:
    classes = np.unique(labels)
    if len(classes) < 2:
        raise DataError(
            f"there is one class, {classes.tolist()[0]!r}",
            "a classifier learns to tell classes apart, and needs two of them",
            "samples of another class too, or a stratified split",
        )
    return classes


def _targets(labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """One column of zeros and ones for two classes, one-hot rows for more."""
    strange = np.setdiff1d(labels, classes)
    if len(strange):
        raise DataError(
            f"{strange.tolist()[0]!r} is none of the classes",
            f"the known ones are {', '.join(map(repr, classes.tolist()))}",
            "partial_fit(X, y, classes=...) with all of them, or samples of these classes only",
        )
    numbers = np.searchsorted(classes, labels)
    if len(classes) == 2:
        return numbers[:, None].astype(float)
    return one_hot(numbers, len(classes))


def _other_classes(classes: np.ndarray, known: np.ndarray) -> DataError:
    return DataError(
        f"the classes are {classes.tolist()}, and the estimator knows {known.tolist()}",
        "its network has an output for each of those that it began with",
        "the same classes, or a new estimator, which sklearn.base.clone makes",
    )
