"""What fitting leaves behind: curves, history, best parameters, and ways to go on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, mean_squared_error

from difflab import MLPClassifier, MLPRegressor
from difflab.errors import DivergenceError, UsageError
from difflab.estimators.validation import split
from difflab.nn import EarlyStopping, optimizer
from tests.estimators.helpers import RNG, THREE, TWO, X, Y, joined

X_VAL = RNG.uniform(-1, 1, (200, 2))
Y_VAL = np.sin(2 * X_VAL[:, 0]) + X_VAL[:, 1] ** 2


def regressor(**settings: Any) -> MLPRegressor:
    chosen = {"hidden_widths": (8,), "learning_rate": 0.05, "epochs": 4, "random_state": 0}
    return MLPRegressor(**{**chosen, **settings})


def classifier(**settings: Any) -> MLPClassifier:
    chosen = {"hidden_widths": (8,), "learning_rate": 0.05, "epochs": 4, "random_state": 0}
    return MLPClassifier(**{**chosen, **settings})


def test_the_loss_curve_has_a_point_per_epoch() -> None:
    fitted = regressor(batch_size=25).fit(X, Y)
    assert len(fitted.loss_curve_) == fitted.n_iter_ == 4
    assert len(fitted.history_) == 12
    first = fitted.history_[:3]
    mean = np.average([row.batch_loss for row in first], weights=[25, 25, 10])
    assert fitted.loss_curve_[0] == pytest.approx(mean, rel=1e-14)
    assert fitted.loss_curve_[-1] < fitted.loss_curve_[0]


def test_gradient_norms_are_kept_per_step_and_layer() -> None:
    fitted = regressor(batch_size=25).fit(X, Y)
    assert fitted.gradient_norms_.shape == (12, 2)
    assert (fitted.gradient_norms_ > 0).all()


def test_the_validation_curve_is_the_loss_of_the_set_that_was_given() -> None:
    fitted = regressor(batch_size=25).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    assert len(fitted.validation_curve_) == len(fitted.validation_scores_) == 4
    error = mean_squared_error(Y_VAL, fitted.predict(X_VAL))
    assert fitted.validation_curve_[-1] == pytest.approx(error, rel=1e-12)
    assert fitted.validation_scores_[-1] == pytest.approx(fitted.score(X_VAL, Y_VAL), rel=1e-12)
    alone = regressor(batch_size=25).fit(X, Y)
    assert alone.validation_curve_ is alone.validation_scores_ is None
    assert joined(alone.params_) == joined(fitted.params_)  # looking changes nothing


@pytest.mark.parametrize("labels", [TWO, THREE])
def test_that_of_a_classifier_is_the_log_loss(labels: np.ndarray) -> None:
    fitted = classifier().fit(X[:40], labels[:40], X_val=X[40:], y_val=labels[40:])
    loss = log_loss(labels[40:], fitted.predict_proba(X[40:]), labels=fitted.classes_)
    assert fitted.validation_curve_[-1] == pytest.approx(loss, rel=1e-12)
    assert fitted.validation_scores_[-1] == fitted.score(X[40:], labels[40:])


def test_a_validation_curve_needs_no_early_stopping() -> None:
    fitted = regressor(validation_fraction=0.2).fit(X, Y)
    assert len(fitted.validation_curve_) == 4
    assert fitted.history_[0].samples == 48
    assert fitted.best_step_ is None


def test_a_single_sample_for_validation_has_a_loss_and_no_score() -> None:
    fitted = regressor().fit(X, Y, X_val=X_VAL[:1], y_val=Y_VAL[:1])
    assert np.isfinite(fitted.validation_curve_).all()
    assert np.isnan(fitted.validation_scores_).all()


def test_early_stopping_goes_back_to_the_best_parameters() -> None:
    few = slice(0, 10)
    noisy = Y[few] + 0.5 * np.random.default_rng(1).normal(size=10)
    settings: Any = {"hidden_widths": (32,), "epochs": 500, "batch_size": None}
    stopping = regressor(**settings, early_stopping=True, patience=10)
    fitted = stopping.fit(X[few], noisy, X_val=X_VAL, y_val=Y_VAL)
    best = int(np.argmin(fitted.validation_curve_))
    assert fitted.best_step_ == best + 1
    assert fitted.n_iter_ == best + 1 + 10 < 500
    error = mean_squared_error(Y_VAL, fitted.predict(X_VAL))
    assert error == pytest.approx(fitted.validation_curve_[best], rel=1e-12)
    whole = regressor(**settings).fit(X[few], noisy)
    assert error < mean_squared_error(Y_VAL, whole.predict(X_VAL))


def test_early_stopping_sets_a_tenth_apart_in_the_shares_of_the_classes() -> None:
    labels = np.repeat(["common", "rare"], [40, 20])
    fitted = classifier(early_stopping=True).fit(X, labels)
    assert fitted.history_[0].samples == 54
    again = clone(fitted).fit(X, labels)
    assert fitted.validation_curve_ == again.validation_curve_


def test_the_seed_draws_the_samples_that_are_set_apart() -> None:
    drawn = [split(X, Y[:, None], None, 0.2, None, seed)[2] for seed in (1, 1, 2)]
    first, again, other = (apart[0].tolist() for apart in drawn if apart is not None)
    assert first == again != other


def test_a_plateau_of_the_training_loss_ends_training_without_a_validation_set() -> None:
    rule = EarlyStopping(patience=3, monitor="full_loss", minimum=1e-2)
    fitted = regressor(early_stopping=rule, epochs=500).fit(X, Y)
    assert fitted.n_iter_ < 200
    assert fitted.history_[0].samples == 60
    assert fitted.validation_curve_ is None
    assert fitted.best_step_ is not None


def test_patience_may_be_drawn_by_numpy() -> None:
    settings: Any = {"early_stopping": True, "patience": np.int64(3), "epochs": np.int64(5)}
    assert regressor(**settings).fit(X, Y).n_iter_ <= 5


def test_a_seed_decides_everything_and_another_one_differs() -> None:
    first, again, other = (regressor(random_state=seed).fit(X, Y) for seed in (5, 5, 6))
    assert joined(first.params_) == joined(again.params_) != joined(other.params_)
    drawn = [regressor(random_state=np.random.RandomState(0)).fit(X, Y) for _ in range(2)]
    assert joined(drawn[0].params_) == joined(drawn[1].params_)
    free = [regressor(random_state=None).fit(X, Y) for _ in range(2)]
    assert joined(free[0].params_) != joined(free[1].params_)


def test_a_warm_start_goes_on_from_its_parameters() -> None:
    sgd: Any = {"optimizer": "sgd", "batch_size": None}
    warm = regressor(**sgd, epochs=2, warm_start=True).fit(X, Y).fit(X, Y)
    assert joined(warm.params_) == joined(regressor(**sgd, epochs=4).fit(X, Y).params_)
    cold = regressor(**sgd, epochs=2).fit(X, Y).fit(X, Y)
    assert joined(cold.params_) == joined(regressor(**sgd, epochs=2).fit(X, Y).params_)


@pytest.mark.parametrize("setting", [{"hidden_widths": (3,)}, {"dtype": "float32"}])
def test_training_cannot_go_on_with_another_network(setting: dict[str, Any]) -> None:
    fitted = regressor(warm_start=True).fit(X, Y).set_params(**setting)
    for go_on in (fitted.fit, fitted.partial_fit):
        with pytest.raises(UsageError, match="training cannot go on"):
            go_on(X, Y)
    assert fitted.set_params(warm_start=False).fit(X, Y).n_iter_ == 4


def test_partial_fits_are_epochs_and_keep_the_state_of_the_optimizer() -> None:
    """Of Adam too, which would begin with large steps again."""
    stream, settings = regressor(batch_size=None), {"batch_size": None, "epochs": 3}
    for _ in range(3):
        stream.partial_fit(X, Y)
    whole = regressor(**settings).fit(X, Y)
    assert joined(stream.params_) == joined(whole.params_)
    assert stream.loss_curve_ == whole.loss_curve_
    assert stream.n_iter_ == 3
    assert len(stream.history_) == 1


def test_partial_fits_visit_the_samples_in_another_order_each_time() -> None:
    frozen: Any = {"learning_rate": 0.0, "batch_size": 20}
    stream = regressor(**frozen).partial_fit(X, Y)
    first = stream.history_.column("batch_loss")
    second = stream.partial_fit(X, Y).history_.column("batch_loss")
    assert not np.allclose(first, second)


def test_partial_fit_goes_on_after_fit() -> None:
    fitted = regressor(batch_size=None, epochs=2).fit(X, Y).partial_fit(X, Y)
    assert joined(fitted.params_) == joined(regressor(batch_size=None, epochs=3).fit(X, Y).params_)


def test_an_optimizer_of_another_kind_starts_afresh() -> None:
    fitted = regressor(batch_size=None).partial_fit(X, Y)
    start = [(w.copy(), b.copy()) for w, b in fitted.params_]
    gradient = fitted.set_params(optimizer="amsgrad").partial_fit(X, Y).history_[0]
    assert gradient.step == 1
    assert fitted.optimizer_state_.steps == 1
    fitted.params_ = start
    fitted.set_params(optimizer="sgd").partial_fit(X, Y)
    assert fitted.n_iter_ == 3


def test_another_learning_rate_keeps_the_state() -> None:
    fitted = regressor(batch_size=None).partial_fit(X, Y)
    fitted.set_params(learning_rate=0.001).partial_fit(X, Y)
    assert fitted.optimizer_state_.steps == 2


def test_a_schedule_goes_on_through_partial_fits() -> None:
    settings: Any = {"batch_size": None, "schedule": "cosine", "epochs": 3}
    stream = regressor(**settings)
    for _ in range(3):
        stream.partial_fit(X, Y)
    assert joined(stream.params_) == joined(regressor(**settings).fit(X, Y).params_)


@pytest.mark.parametrize("name", ["lbfgs", "newton"])
def test_optimizers_of_the_whole_batch_see_it(name: str) -> None:
    settings: Any = {"optimizer": name, "learning_rate": None, "activation": "tanh", "epochs": 40}
    fitted = regressor(**settings).fit(X, Y)
    assert {row.samples for row in fitted.history_} == {60}
    assert fitted.score(X, Y) > 0.99
    assert fitted.n_iter_ == len(fitted.history_) <= 40
    with pytest.raises(UsageError, match="a length of their own"):
        regressor(**settings, schedule="cosine").fit(X, Y)
    with pytest.raises(UsageError, match="partial_fit cannot go on"):
        fitted.partial_fit(X, Y)


def test_scikit_learn_and_difflab_agree_where_lbfgs_leads() -> None:
    """A convex problem, so there is one minimum: softmax regression with a penalty."""
    theirs = LogisticRegression(C=1 / (60 * 0.1), tol=1e-10, max_iter=1000).fit(X, THREE)
    ours = classifier(
        hidden_widths=(), l2=0.1, optimizer="lbfgs", learning_rate=None, epochs=200
    ).fit(X, THREE)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("setting", [{"early_stopping": True}, {"validation_fraction": 0.1}])
def test_partial_fit_refuses_what_it_would_ignore(setting: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="partial_fit has no validation set"):
        regressor(**setting).partial_fit(X, Y)


def test_a_run_that_diverges_says_what_to_type_instead() -> None:
    diverging = regressor(optimizer=optimizer("sgd", lr=1e3), learning_rate=None, epochs=50)
    with pytest.raises(DivergenceError, match="a lower learning rate"):
        diverging.fit(100 * X, Y)


def test_ctrl_c_keeps_the_model_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from difflab.nn.optimizers import Adam

    step = Adam.step

    def interrupted(self: Adam, params: Any, gradient: Any, state: Any) -> Any:
        if state.steps == 2:
            raise KeyboardInterrupt
        return step(self, params, gradient, state)

    monkeypatch.setattr(Adam, "step", interrupted)
    with pytest.warns(UserWarning, match="interrupted after 2 steps") as warned:
        fitted = regressor(batch_size=None).fit(X, Y)
    assert warned[0].filename == __file__  # where fit was called
    assert fitted.n_iter_ == 2
    assert np.isfinite(fitted.predict(X)).all()


def test_verbose_draws_a_bar_and_silence_is_the_default(capfd: pytest.CaptureFixture[str]) -> None:
    regressor().fit(X, Y)
    assert capfd.readouterr().err == ""
    regressor(verbose=True).fit(X, Y)
    assert "full loss" in capfd.readouterr().err
