"""With exact gradients in float64 the training curves agree to 1e-10 for the first 100 steps."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from difflab import nn, providers, tasks

AGREEMENT = 1e-10
"""Relative, of batch losses and of the last parameters."""

STEPS = 100

REDUCED = {
    "simplest": (),
    "linear-regression": (),
    "sincos-small": (),
    "sincos": ("width=8",),
    "sincos-100k": ("width=8", "points=1000", "batch_size=100"),
    "logistic": ("width=6",),
    "digits": ("width=6",),
}
"""Single runs on data that need no files, small enough for seconds."""

EXACT = ("autodiff:compiled", "symbolic:matrix", "torch")


@lru_cache
def first_steps(name: str, gradient: str, rule: str = "") -> tuple[np.ndarray, nn.TrainingResult]:
    """Batch losses of the first steps, and the run."""
    task = tasks.get(name)
    chosen = task.with_optimizer(rule) if rule else task.settings
    settings = tasks.override(chosen, [*REDUCED[name], "dtype=float64"])
    data = task.dataset(settings)
    result = nn.Trainer(
        task.objective(settings),
        None,
        settings.make_optimizer(data.samples),
        gradient,
        batch_size=settings.batch_size,
        steps=STEPS,
        seed=settings.seed,
        progress=False,
    ).fit(data.x, data.y, params=task.parameters(settings))
    return result.history.column("batch_loss"), result


@pytest.mark.parametrize("gradient", EXACT)
@pytest.mark.parametrize("rule", ["", "sgd"], ids=["own optimizer", "sgd"])
@pytest.mark.parametrize("name", REDUCED)
def test_exact_gradients_give_the_same_curve(name: str, rule: str, gradient: str) -> None:
    if reason := providers.find(gradient).unavailable():
        pytest.skip(reason)
    wanted, reference = first_steps(name, "autodiff", rule)
    found, result = first_steps(name, gradient, rule)
    assert len(found) == STEPS
    np.testing.assert_allclose(found, wanted, rtol=AGREEMENT, atol=0)
    assert result.final_loss == pytest.approx(reference.final_loss, rel=AGREEMENT)
    assert wanted[0] != wanted[-1], "a run that stands still agrees with all"


def test_every_single_run_without_files_is_held_to_it() -> None:
    single = {name for name in tasks.names() if tasks.get(name).experiment is None}
    assert single - {"mnist"} == set(REDUCED)


@pytest.mark.parametrize("name", REDUCED)
def test_a_gradient_that_is_off_by_a_thousandth_is_noticed(name: str) -> None:
    wanted, _ = first_steps(name, "autodiff", "sgd")
    found, _ = first_steps(name, "control:noise", "sgd")
    assert not np.allclose(found, wanted, rtol=1000 * AGREEMENT, atol=0)


def test_adam_alone_would_not_notice_it() -> None:
    """A factor that an entry of the gradient keeps for all steps cancels in m / sqrt(v)."""
    wanted, _ = first_steps("sincos-small", "autodiff")
    found, _ = first_steps("sincos-small", "control:noise")
    assert np.allclose(found, wanted, rtol=1e-5, atol=0)
