"""The classifier: two classes or more, of any kind, with probabilities that are consistent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits, make_moons
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier as Theirs

from difflab import MLPClassifier
from difflab.errors import DataError, UsageError
from difflab.nn import MLP, Trainer, optimizer
from tests.estimators.helpers import THREE, TWO, X, joined


def quick(**settings: Any) -> MLPClassifier:
    chosen = {"hidden_widths": (8,), "learning_rate": 0.05, "epochs": 20, "random_state": 0}
    return MLPClassifier(**{**chosen, **settings})


def test_two_classes_are_one_logit_with_binary_cross_entropy() -> None:
    fitted = quick().fit(X, TWO)
    assert fitted.model_.widths == (2, 8, 1)
    adam = optimizer("adam", lr=0.05)
    trainer = Trainer(
        MLP((2, 8, 1), "relu"), "binary-cross-entropy", adam, batch_size=60, epochs=20
    )
    result = trainer.fit(X, (TWO == "below")[:, None])
    assert joined(fitted.params_) == joined(result.params)
    logits = fitted.decision_function(X)
    assert logits.shape == (60,)
    np.testing.assert_array_equal(fitted.predict(X), np.where(logits > 0, "below", "above"))
    np.testing.assert_allclose(fitted.predict_proba(X)[:, 1], 1 / (1 + np.exp(-logits)))


def test_three_classes_are_three_logits_with_softmax() -> None:
    fitted = quick().fit(X, THREE)
    assert fitted.model_.widths == (2, 8, 3)
    logits = fitted.decision_function(X)
    assert logits.shape == (60, 3)
    np.testing.assert_allclose(
        fitted.predict_proba(X), np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    )
    assert fitted.score(X, THREE) > 0.9


@pytest.mark.parametrize("labels", [TWO, THREE])
def test_probabilities_add_up_and_their_logarithms_are_theirs(labels: np.ndarray) -> None:
    fitted = quick().fit(X, labels)
    probabilities = fitted.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-14)
    np.testing.assert_allclose(np.exp(fitted.predict_log_proba(X)), probabilities, rtol=1e-12)
    np.testing.assert_array_equal(fitted.classes_[probabilities.argmax(1)], fitted.predict(X))


def test_small_probabilities_keep_their_digits() -> None:
    fitted = quick(hidden_widths=(), epochs=50).fit(X, TWO)
    far = np.array([[20.0, -20.0], [-20.0, 20.0]])
    probabilities = fitted.predict_proba(far)
    assert probabilities.min(axis=0).max() < 1e-20
    np.testing.assert_allclose(np.exp(fitted.predict_log_proba(far)), probabilities, rtol=1e-12)


@pytest.mark.parametrize("labels", [TWO, THREE])
def test_logarithms_stay_finite_where_probabilities_vanish(labels: np.ndarray) -> None:
    fitted = quick(hidden_widths=(), epochs=50).fit(X, labels)
    far = [[1e4, -1e4]]
    assert fitted.predict_proba(far).min() == 0
    assert np.isfinite(fitted.predict_log_proba(far)).all()


@pytest.mark.parametrize(
    "labels",
    [
        np.where(TWO == "above", 7, -3),
        np.where(TWO == "above", 0.0, 1.0),
        TWO == "above",
        TWO.astype(object),
        THREE.tolist(),
    ],
    ids=["integers", "floats", "booleans", "objects", "list"],
)
def test_labels_come_back_as_they_were(labels: Any) -> None:
    fitted = quick(epochs=60).fit(X, labels)
    np.testing.assert_array_equal(fitted.classes_, np.unique(labels))
    assert np.mean(fitted.predict(X) == np.asarray(labels)) > 0.9


@pytest.mark.parametrize("gradient", ["symbolic", "finite-difference:central-4"])
def test_every_engine_finds_the_same_network(gradient: str) -> None:
    for labels in (TWO, THREE):
        known = quick(activation="tanh").fit(X, labels).predict_proba(X)
        found = quick(activation="tanh", gradient=gradient).fit(X, labels).predict_proba(X)
        np.testing.assert_allclose(found, known, atol=1e-7)


def test_it_is_as_good_as_that_of_scikit_learn_on_two_moons() -> None:
    x, y = make_moons(400, noise=0.2, random_state=0)
    x, x_test, y, y_test = train_test_split(x, y, random_state=0)
    same: Any = {"random_state": 0, "batch_size": 64}
    theirs = Theirs((32,), learning_rate_init=0.02, max_iter=60, n_iter_no_change=99, **same)
    with pytest.warns(match="Maximum iterations"):
        theirs.fit(x, y)
    ours = MLPClassifier((32,), learning_rate=0.02, epochs=60, **same).fit(x, y)
    assert ours.score(x_test, y_test) > 0.94
    assert abs(ours.score(x_test, y_test) - theirs.score(x_test, y_test)) <= 0.02


def test_it_is_as_good_as_that_of_scikit_learn_on_digits() -> None:
    x, y = load_digits(return_X_y=True)
    x, x_test, y, y_test = train_test_split(x / 16, y, random_state=0)
    same: Any = {"random_state": 0, "batch_size": 128}
    theirs = Theirs((32,), learning_rate_init=0.01, max_iter=15, **same)
    with pytest.warns(match="Maximum iterations"):
        theirs.fit(x, y)
    ours = MLPClassifier((32,), learning_rate=0.01, epochs=15, **same).fit(x, y)
    assert ours.score(x_test, y_test) > 0.95
    assert abs(ours.score(x_test, y_test) - theirs.score(x_test, y_test)) <= 0.02


def test_from_the_same_start_it_takes_the_steps_of_scikit_learn() -> None:
    """Full batches of SGD, so that no shuffling comes between the two.

    Their loss has l2/2 |W|^2 divided by the samples, and biases are not in it; ours is per batch.
    """
    y = (THREE == "a").astype(int) + 2 * (THREE == "c")
    theirs = Theirs(
        (5,), "tanh", solver="sgd", learning_rate_init=0.1, momentum=0.0, alpha=0.6,
        batch_size=60, max_iter=1, random_state=0, warm_start=True,
    )  # fmt: skip
    with pytest.warns(match="Maximum iterations"):
        theirs.fit(X, y)
    start = [(w.copy(), b.copy()) for w, b in zip(theirs.coefs_, theirs.intercepts_)]
    theirs.set_params(max_iter=20)
    with pytest.warns(match="Maximum iterations"):
        theirs.fit(X, y)
    ours = MLPClassifier(
        (5,), "tanh", optimizer="sgd", learning_rate=0.1, l2=0.6 / 60, batch_size=None, epochs=1,
        warm_start=True,
    ).fit(X, y)  # fmt: skip
    ours.params_ = start
    ours.set_params(epochs=20).fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-10)


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match="there is one class"):
        quick().fit(X, np.ones(60))
    with pytest.raises(DataError, match="there is one class"):
        quick().partial_fit(X, np.ones(60), classes=[1])


def test_a_class_too_small_to_be_split_is_refused_with_the_reason() -> None:
    labels = THREE.astype(object)
    labels[0] = "alone"
    with pytest.raises(DataError, match="least populated class"):
        quick(early_stopping=True).fit(X, labels)


def test_an_unknown_class_in_the_validation_set_is_refused() -> None:
    with pytest.raises(DataError, match="'d' is none of the classes"):
        quick().fit(X, THREE, X_val=X[:1], y_val=["d"])


def test_targets_that_are_no_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="Unknown label type"):
        quick().fit(X, X[:, 0])


def test_partial_fit_needs_all_classes_at_first_and_keeps_them() -> None:
    with pytest.raises(UsageError, match="needs the classes"):
        quick().partial_fit(X, THREE)
    fitted = quick().partial_fit(X[:1], THREE[:1], classes=["c", "b", "a"])
    assert fitted.classes_.tolist() == ["a", "b", "c"]
    fitted.partial_fit(X, THREE).partial_fit(X, THREE, classes=["a", "b", "c"])
    with pytest.raises(DataError, match="the estimator knows"):
        fitted.partial_fit(X, THREE, classes=["a", "b"])
    with pytest.raises(DataError, match="'d' is none of the classes"):
        fitted.partial_fit(X[:1], ["d"])


def test_a_warm_start_with_other_classes_is_refused() -> None:
    fitted = quick(warm_start=True).fit(X, TWO)
    with pytest.raises(DataError, match="the estimator knows"):
        fitted.fit(X, THREE)


def test_a_tie_of_two_classes_is_the_first_one_as_in_their_probabilities() -> None:
    fitted = quick(epochs=1).fit(X, TWO)
    fitted.params_ = [(np.zeros_like(w), np.zeros_like(b)) for w, b in fitted.params_]
    assert (fitted.predict_proba(X) == 0.5).all()
    assert set(fitted.predict(X)) == {fitted.classes_[0]}
