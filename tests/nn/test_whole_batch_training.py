"""The trainer with optimizers that hold the loop themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from difflab.errors import DivergenceError, UsageError
from difflab.nn import EarlyStopping, Trainer
from tests.nn.helpers import DATA, NET, OBJECTIVE, Recorder, fit, joined


@pytest.mark.parametrize("name", ["lbfgs", "newton"])
def test_every_iteration_has_its_row(name: str) -> None:
    result = fit(True, optimizer=name, steps=15, evaluate_every=5)
    losses = result.history.column("batch_loss")
    assert losses[0] == result.initial_loss
    assert np.all(np.diff(losses) < 0)
    assert result.final_loss < losses[-1] < 0.5 * losses[0]
    assert result.history.column("gradient_norms").shape == (len(losses), 3)
    assert np.isfinite(result.history.column("validation_loss")).sum() == 3
    assert np.all(np.diff(result.history.column("gradient_calls")) >= 1)
    assert result.history[-1].seconds > result.history[-1].provider_seconds > 0
    assert result.final_loss == OBJECTIVE(result.params, DATA.x, DATA.y)


def test_fewer_iterations_than_adam_needs() -> None:
    assert fit(optimizer="lbfgs", steps=40).final_loss < fit(steps=400).final_loss


def test_callbacks_and_early_stopping_end_it() -> None:
    result = fit(optimizer="lbfgs", steps=50, callbacks=[lambda step, params: step.step == 4])
    assert (len(result.history), result.stopped_early) == (4, True)
    rule = EarlyStopping(patience=2, monitor="full_loss", minimum=1e9)
    result = fit(optimizer="newton", steps=50, early_stopping=rule, evaluate_every=1)
    assert (len(result.history), result.best_step) == (3, 1)


def test_ctrl_c_keeps_the_last_iteration() -> None:
    def interrupt(step: Any, params: Any) -> None:
        if step.step == 3:
            raise KeyboardInterrupt

    result = fit(optimizer="lbfgs", steps=50, callbacks=[interrupt])
    assert result.interrupted
    assert len(result.history) == 3
    assert joined(result.params) == joined(fit(optimizer="lbfgs", steps=3).params)


def test_the_three_engines_take_newtons_path() -> None:
    ends = [
        fit(optimizer="newton", steps=4, gradient=gradient).final_loss
        for gradient in ("autodiff", "symbolic:matrix", "finite-difference:central-6")
    ]
    np.testing.assert_allclose(ends[1:], ends[0], rtol=1e-5)


def test_a_gradient_that_is_not_finite_is_divergence() -> None:
    def spoil(call: int, value: Any, gradient: Any) -> Any:
        return value, [(w * np.nan, b) for w, b in gradient]

    with pytest.raises(DivergenceError):
        fit(optimizer="lbfgs", gradient=Recorder(spoil=spoil))


@pytest.mark.parametrize("name", ["lbfgs", "newton"])
def test_what_they_cannot_do_is_refused_before_the_first_step(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="whole-batch optimizer"):
        fit(optimizer=name, batch_size=10)
    with pytest.raises(UsageError, match="no checkpoints"):
        fit(optimizer=name, checkpoint=tmp_path / "run.npz")
    trainer = Trainer(NET, "squared-error", name, steps=3)
    with pytest.raises(UsageError, match="no checkpoints"):
        trainer.fit(DATA.x, DATA.y, resume=tmp_path / "run.npz")


@pytest.mark.parametrize("name", ["lbfgs", "newton"])
def test_every_gradient_on_the_way_is_counted(name: str) -> None:
    recorder, asked = Recorder(), []

    def count(step: Any, params: Any) -> None:
        asked.append(len(recorder.seen))

    result = fit(optimizer=name, steps=6, gradient=recorder, callbacks=[count])
    calls = result.history.column("gradient_calls").astype(int).tolist()
    assert calls[0] > 1  # a line search looks around
    products = np.array(asked) - calls  # differences of gradients, for Newton's method alone
    assert np.all(products >= 0)
    assert name == "newton" or not products.any()
    assert result.history.column("loss_evaluations").tolist() == [3 * call for call in calls]
