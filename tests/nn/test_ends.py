"""How a run ends: a callback stops it, or Ctrl-C, and the model is kept."""

from __future__ import annotations

from typing import Any

import numpy as np

from difflab.nn import Trainer
from tests.nn.helpers import DATA, OBJECTIVE, Recorder, fit, joined, start


def test_a_callback_that_returns_true_ends_the_run() -> None:
    heard: list[int] = []

    def listen(step: Any, params: Any) -> None:
        heard.append(step.step)

    result = fit(callbacks=[lambda step, params: step.step == 4, listen])
    assert result.stopped_early
    assert not result.interrupted
    assert heard == [1, 2, 3, 4]  # the one after it is still called
    assert joined(result.params) == joined(fit(steps=4).params)
    assert result.final_loss == OBJECTIVE(result.params, DATA.x, DATA.y)


def test_a_callback_that_says_so_after_the_last_step_stops_nothing() -> None:
    assert not fit(steps=4, callbacks=[lambda step, params: step.step == 4]).stopped_early


def test_a_callback_that_returns_something_else_asks_for_nothing() -> None:
    for answer in (np.ones(3), "yes", 1, np.False_):
        assert not fit(steps=3, callbacks=[lambda step, params, told=answer: told]).stopped_early
    assert len(fit(steps=3, callbacks=[lambda step, params: np.True_]).history) == 1


def test_callbacks_see_the_parameters_after_the_step() -> None:
    seen: list[Any] = []
    result = fit(steps=3, callbacks=[lambda step, params: seen.append(joined(params))])
    assert seen[-1] == joined(result.params)
    assert len(set(seen)) == 3


def interrupt(*_: Any) -> Any:
    raise KeyboardInterrupt


def test_ctrl_c_between_steps_keeps_the_model() -> None:
    result = fit(callbacks=[lambda step, params: interrupt() if step.step == 5 else None])
    assert result.interrupted
    assert not result.stopped_early
    assert len(result.history) == 5
    assert joined(result.params) == joined(fit(steps=5).params)
    assert result.final_loss == OBJECTIVE(result.params, DATA.x, DATA.y)


def test_ctrl_c_within_a_step_keeps_the_last_whole_one() -> None:
    def spoil(call: int, value: Any, gradient: Any) -> Any:
        return interrupt() if call == 4 else (value, gradient)

    result = fit(gradient=Recorder(spoil=spoil))
    assert result.interrupted
    assert len(result.history) == 3
    assert joined(result.params) == joined(fit(steps=3).params)


def test_ctrl_c_after_the_update_leaves_no_step_without_its_row() -> None:
    calls: list[Any] = []

    def metric(outputs: Any, targets: Any) -> float:
        calls.append(outputs)
        return interrupt() if len(calls) == 4 else 0.0  # the first is before the first step

    trainer = Trainer(OBJECTIVE, None, "adam", steps=12, evaluate_every=1, metric=metric)
    result = trainer.fit(DATA.x, DATA.y, DATA.validation, params=start())
    assert result.interrupted
    assert len(result.history) == result.optimizer_state.steps == 2
    assert joined(result.params) == joined(fit(steps=2).params)


def test_ctrl_c_before_the_first_step_gives_back_the_start() -> None:
    result = fit(gradient=Recorder(spoil=interrupt))
    assert result.interrupted
    assert joined(result.params) == joined(start())
    assert len(result.history) == result.seconds == 0
    assert result.final_loss == result.initial_loss


def test_any_callback_may_end_the_run() -> None:
    quiet, ending = (lambda step, params: None), (lambda step, params: step.step == 3)
    for callbacks in ([quiet, ending], [ending, quiet]):
        assert len(fit(callbacks=callbacks).history) == 3
