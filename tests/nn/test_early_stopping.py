"""Early stopping ends a run in time, and goes back to its best parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from difflab.errors import UsageError
from difflab.nn import MLP, Adam, EarlyStopping, Trainer
from tests.nn.helpers import DATA, NET, OBJECTIVE, fit, joined, start

WIDE = MLP((1, 24, 1))
RNG = np.random.default_rng(3)
X = RNG.uniform(-1, 1, (12, 1))
Y = np.sin(3 * X) + 0.5 * RNG.normal(size=X.shape)
X_VAL = RNG.uniform(-1, 1, (60, 1))
Y_VAL = np.sin(3 * X_VAL)


def overfit(rule: EarlyStopping | None, steps: int = 600) -> Any:
    """Twelve noisy points, and more parameters than that: the validation loss turns."""
    trainer = Trainer(
        WIDE, "squared-error", Adam(0.05), steps=steps, evaluate_every=5, early_stopping=rule
    )
    return trainer.fit(X, Y, (X_VAL, Y_VAL))


def test_the_best_parameters_come_back() -> None:
    rule = EarlyStopping(patience=8)
    result = overfit(rule)
    losses = result.history.column("validation_loss")
    known = np.flatnonzero(np.isfinite(losses))
    best = known[np.argmin(losses[known])]
    assert result.stopped_early
    assert result.best_step == result.history[best].step < len(result.history)
    assert result.validation_loss == losses[best] < losses[known[-1]]
    assert joined(result.params) == joined(overfit(None, steps=result.best_step).params)


def test_it_stops_after_so_many_evaluations_without_improvement() -> None:
    result = overfit(EarlyStopping(patience=3))
    losses = result.history.column("validation_loss")
    losses = losses[np.isfinite(losses)]
    assert np.all(losses[-3:] >= losses[:-3].min())
    assert losses[-4] == losses.min()
    assert len(result.history) == result.best_step + 3 * 5


def test_with_patience_enough_the_run_goes_to_its_end() -> None:
    result = overfit(EarlyStopping(patience=10**6), steps=100)
    assert not result.stopped_early
    assert len(result.history) == 100
    assert result.best_step is not None


def test_a_metric_is_better_when_it_is_larger() -> None:
    rule = EarlyStopping(patience=2, monitor="metric")
    best = None
    for step, value in enumerate([0.5, 0.8, 0.7, 0.8], start=1):
        best = rule.look(best, step, value, params=step)
    assert best is not None
    assert (best.step, best.value, rule.is_over(best)) == (2, 0.8, True)


def test_an_improvement_has_to_exceed_the_minimum() -> None:
    rule = EarlyStopping(patience=1, minimum=0.1)
    best = rule.look(rule.look(None, 1, 1.0, "a"), 2, 0.95, "b")
    assert (best.params, best.waited) == ("a", 1)


def test_a_number_follows_nan() -> None:
    rule = EarlyStopping(patience=1)
    assert rule.look(rule.look(None, 1, float("nan"), "a"), 2, 5.0, "b").params == "b"


def test_the_training_loss_can_be_watched_without_validation() -> None:
    rule = EarlyStopping(monitor="full_loss", minimum=1e9)
    result = fit(early_stopping=rule, steps=40, evaluate_every=1)
    assert result.stopped_early
    assert result.best_step == 1
    assert len(result.history) == 6
    assert result.final_loss == OBJECTIVE(result.params, DATA.x, DATA.y)


@pytest.mark.parametrize(
    "settings",
    [
        {"patience": 0},
        {"patience": 1.5},
        {"patience": True},
        {"minimum": -1.0},
        {"minimum": None},
        {"monitor": "los"},
    ],
    ids=str,
)
def test_rules_that_make_no_sense_are_refused(settings: Any) -> None:
    with pytest.raises(UsageError):
        EarlyStopping(**settings)


def test_watching_what_is_not_measured_is_refused_before_the_first_step() -> None:
    with pytest.raises(UsageError, match="no validation set was given"):
        fit(early_stopping=EarlyStopping())
    with pytest.raises(UsageError, match="no metric was given"):
        Trainer(NET, "squared-error", steps=3, early_stopping=EarlyStopping(monitor="metric")).fit(
            DATA.x, DATA.y, DATA.validation, params=start()
        )
