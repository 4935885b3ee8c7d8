"""The trainer: repeatable, the same for every provider, honest in its history, interruptible."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from difflab import nn
from difflab.errors import (
    UsageError,
)
from difflab.nn import (
    MLP,
    SGD,
    Adam,
    Gradients,
    Trainer,
    accuracy,
    initialise,
    one_hot,
    optimizer,
    softmax_cross_entropy,
)
from difflab.tree import flatten
from tests.nn.helpers import DATA, NET, OBJECTIVE, Recorder, fit, joined, start

# --- the numbers


def test_one_step_is_the_optimizer_on_the_gradient() -> None:
    result = fit(optimizer=SGD(0.1), steps=1)
    value, gradient = (
        Gradients(OBJECTIVE, "autodiff")
        .prepared(start(), DATA.x, DATA.y)
        .value_and_gradient(start(), DATA.x, DATA.y)
    )
    for p, new, g in zip(flatten(start())[0], flatten(result.params)[0], flatten(gradient)[0]):
        np.testing.assert_array_equal(new, p - 0.1 * g)
    row = result.history[0]
    assert row.batch_loss == row.running_loss == result.initial_loss == value
    assert row.full_loss == result.final_loss == OBJECTIVE(result.params, DATA.x, DATA.y)
    norms = [np.sqrt(np.sum(w**2) + np.sum(b**2)) for w, b in gradient]
    np.testing.assert_allclose(row.gradient_norms, norms, rtol=1e-14)


def test_training_lowers_the_loss_of_sine_plus_cosine() -> None:
    result = fit(optimizer=Adam(0.05), steps=200)
    assert result.final_loss < 0.5 * result.initial_loss


@pytest.mark.parametrize("batch_size", [None, 16])
def test_the_same_seed_gives_the_same_bits(batch_size: int | None) -> None:
    first, again = (fit(batch_size=batch_size, seed=4) for _ in range(2))
    assert joined(first.params) == joined(again.params)
    losses = [result.history.column("batch_loss").tobytes() for result in (first, again)]
    assert losses[0] == losses[1]
    other = fit(batch_size=batch_size, seed=5)
    assert (joined(other.params) == joined(first.params)) == (batch_size is None)


def distance(chosen: Any, spec: str) -> float:
    """Largest relative distance between a provider's loss curve and autodiff's, 100 steps."""
    curves = [
        fit(gradient=gradient, optimizer=chosen, steps=100, batch_size=16).history
        for gradient in ("autodiff", spec)
    ]
    ours, theirs = (curve.column("batch_loss") for curve in curves)
    return float(np.max(np.abs(ours - theirs) / ours))


@pytest.mark.parametrize("chosen", [SGD(0.1), Adam(0.01)], ids=["sgd", "adam"])
def test_autodiff_and_torch_agree_for_a_hundred_steps(chosen: Any) -> None:
    pytest.importorskip("torch")
    assert distance(chosen, "torch") < 1e-10


@pytest.mark.parametrize("control", ["control:zeros", "control:flipped-sign", "control:noise"])
def test_the_agreement_rejects_the_controls(control: str) -> None:
    # not with Adam: it does not see a factor on a gradient's entry, and the noise is one
    assert distance(SGD(0.01), control) > 1e-6


def test_every_provider_sees_the_same_batches() -> None:
    honest, wrong = Recorder("autodiff"), Recorder("control:zeros")
    for recorder in (honest, wrong):
        fit(gradient=recorder, batch_size=16, seed=3)
    assert len(honest.seen) == len(wrong.seen) == 12
    for (x, y), (other_x, other_y) in zip(honest.seen, wrong.seen):
        assert (x.tobytes(), y.tobytes()) == (other_x.tobytes(), other_y.tobytes())


def test_start_and_samples_stay_as_they_are() -> None:
    params, x, y = start(), DATA.x.copy(), DATA.y.copy()
    Trainer(OBJECTIVE, None, "nesterov", steps=5, batch_size=20).fit(x, y, params=params)
    assert joined(params) == joined(start())
    np.testing.assert_array_equal(x, DATA.x)
    np.testing.assert_array_equal(y, DATA.y)


def test_float32_parameters_are_trained_in_float32() -> None:
    recorder = Recorder()
    params = initialise(NET, seed=1, dtype=np.float32)
    result = Trainer(OBJECTIVE, None, "adam", recorder, steps=3).fit(DATA.x, DATA.y, params=params)
    assert {leaf.dtype for leaf in flatten(result.params)[0]} == {np.dtype(np.float32)}
    assert recorder.seen[0][0].dtype == recorder.seen[0][1].dtype == np.float32


def test_any_function_and_any_nest_can_be_trained() -> None:
    def objective(params: Any, x: Any, y: Any) -> Any:
        return np.mean((params["slope"] * x + params["shift"] - y) ** 2)

    x = np.linspace(-1, 1, 9)
    result = Trainer(objective, None, SGD(0.5), steps=100).fit(
        x, 3 * x + 1, params={"slope": 0.0, "shift": 0.0}
    )
    assert result.params["slope"] == pytest.approx(3)
    assert result.params["shift"] == pytest.approx(1)
    assert len(result.history[0].gradient_norms) == 1


# --- batches, epochs, evaluations


def test_the_short_last_batch_is_kept_and_weighted() -> None:
    recorder = Recorder()
    result = fit(gradient=recorder, batch_size=20, steps=None, epochs=2)
    assert [step.samples for step in result.history] == [20, 20, 10, 20, 20, 10]
    assert [step.epoch for step in result.history] == [1, 1, 1, 2, 2, 2]
    assert recorder.prepared == len(result.preparations) == 2  # one per batch size
    for epoch in (1, 2):
        rows = [step for step in result.history if step.epoch == epoch]
        mean = np.average([r.batch_loss for r in rows], weights=[r.samples for r in rows])
        np.testing.assert_allclose(rows[-1].running_loss, mean, rtol=1e-14)
        assert rows[0].running_loss == rows[0].batch_loss


def test_epochs_are_spelled_out_steps() -> None:
    by_epochs = fit(batch_size=16, steps=None, epochs=3)
    by_steps = fit(batch_size=16, steps=12)  # 50 samples make 4 batches
    assert joined(by_epochs.params) == joined(by_steps.params)
    assert Trainer(OBJECTIVE, None, "sgd", epochs=3, batch_size=16).total_steps(50) == 12
    assert Trainer(OBJECTIVE, None, "sgd", epochs=3).total_steps(50) == 3


def test_full_and_validation_losses_are_there_when_due() -> None:
    result = fit(validation=True, steps=7, evaluate_every=3)
    for name in ("full_loss", "validation_loss"):
        known = np.isfinite(result.history.column(name))
        assert known.tolist() == [False, False, True, False, False, True, True]
    last = result.history[-1]
    assert last.validation_loss == result.validation_loss
    assert result.validation_loss == OBJECTIVE(result.params, *DATA.validation)
    assert last.full_loss == result.final_loss
    assert result.metric is None


def test_without_validation_there_is_no_validation_loss() -> None:
    result = fit()
    assert result.validation_loss is None
    assert np.all(np.isnan(result.history.column("validation_loss")))


def test_a_metric_judges_the_outputs_on_the_validation_set() -> None:
    net = MLP((2, 8, 2))
    x = np.random.default_rng(0).normal(size=(200, 2))
    y = one_hot((x[:, 0] > 0).astype(int), 2)
    trainer = Trainer(
        net, softmax_cross_entropy, Adam(0.05), steps=60, batch_size=50, metric=accuracy
    )
    result = trainer.fit(x[:150], y[:150], (x[150:], y[150:]), params=initialise(net, 0))
    assert result.metric == result.history[-1].metric
    assert result.metric == accuracy(net(result.params, x[150:]), y[150:])
    assert result.metric > 0.9


def test_costs_are_counted() -> None:
    result = fit(gradient=Recorder(), steps=5)
    assert result.history.column("gradient_calls").tolist() == [1, 2, 3, 4, 5]
    assert result.history.column("loss_evaluations").tolist() == [3, 6, 9, 12, 15]
    seconds, spent = (result.history.column(name) for name in ("seconds", "provider_seconds"))
    assert np.all(np.diff(seconds) > 0)
    assert np.all(spent < seconds)
    assert result.seconds == seconds[-1]
    assert result.preparation_seconds > 0


def test_gradients_prepared_before_are_used_again() -> None:
    recorder = Recorder()
    gradients = Gradients(OBJECTIVE, recorder)
    gradients.prepared(start(), DATA.x, DATA.y)
    Trainer(OBJECTIVE, None, "adam", steps=3).fit(
        DATA.x, DATA.y, params=start(), gradients=gradients
    )
    assert (recorder.prepared, len(recorder.seen)) == (1, 3)


# --- history


def test_history_becomes_a_tidy_table() -> None:
    result = fit(validation=True, steps=6, evaluate_every=2)
    frame = result.history.to_frame()
    assert frame["step"].tolist() == [1, 2, 3, 4, 5, 6]
    assert frame["full_loss"].notna().tolist() == [False, True] * 3
    layers = [name for name in frame if name.startswith("gradient_norm")]
    assert layers == [f"gradient_norm_layer_{number}" for number in (1, 2, 3)]
    norms = result.history.column("gradient_norms")
    assert norms.shape == (6, 3)
    np.testing.assert_array_equal(frame[layers].to_numpy(), norms)


# --- what is shown


def test_nothing_is_printed_where_there_is_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    fit(validation=True)
    assert capfd.readouterr() == ("", "")


def test_settings_can_be_replaced() -> None:
    trainer = Trainer(OBJECTIVE, None, optimizer("sgd", lr=0.1), steps=3)
    assert replace(trainer, steps=4).steps == 4
    with pytest.raises(UsageError):
        replace(trainer, epochs=2)


def test_a_short_last_batch_costs_symbols_no_second_derivation() -> None:
    net = nn.MLP((2, 1))
    objective = nn.Objective(net, nn.squared_error)
    x, y = np.ones((5, 2)), np.ones((5, 1))
    counts = {}
    for gradient in ("symbolic:cse", "autodiff"):
        trainer = nn.Trainer(objective, None, "sgd", gradient=gradient, batch_size=2, epochs=1)
        counts[gradient] = len(trainer.fit(x, y, params=nn.initialise(net, seed=0)).preparations)
    assert counts == {"symbolic:cse": 1, "autodiff": 2}


@pytest.mark.parametrize("threads", [1, None])
def test_matrix_products_have_the_threads_that_were_asked_for(threads: int | None) -> None:
    from threadpoolctl import threadpool_info, threadpool_limits

    def blas() -> set[int]:
        return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}

    seen: list[set[int]] = []
    with threadpool_limits(2, user_api="blas"):
        before = blas()
        fit(threads=threads, steps=1, callbacks=[lambda step, params: seen.append(blas())])
        assert blas() == before
    assert seen == [{threads} if threads else before]


def test_a_run_goes_on_from_parameters_and_the_state_of_the_optimizer() -> None:
    def trainer(steps: int) -> nn.Trainer:
        return nn.Trainer(NET, "squared-error", "adam", steps=steps)

    whole = trainer(5).fit(DATA.x, DATA.y)
    first = trainer(3).fit(DATA.x, DATA.y)
    kept = {"params": first.params, "optimizer_state": first.optimizer_state}
    assert joined(trainer(2).fit(DATA.x, DATA.y, **kept).params) == joined(whole.params)
    afresh = trainer(2).fit(DATA.x, DATA.y, params=first.params)
    assert joined(afresh.params) != joined(whole.params)


def test_a_long_run_is_evaluated_about_fifty_times_at_the_ends_of_epochs() -> None:
    result = fit(steps=None, epochs=120, batch_size=20, optimizer="sgd")
    at = np.flatnonzero(np.isfinite(result.history.column("full_loss"))) + 1
    assert at.tolist() == list(range(6, 361, 6))  # every second epoch of three steps
    steps = np.flatnonzero(np.isfinite(fit(steps=200).history.column("full_loss"))) + 1
    assert steps.tolist() == list(range(4, 201, 4))
