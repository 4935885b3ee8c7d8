"""Same weights, same batches: exact gradients give one training curve."""

from __future__ import annotations

import numpy as np
import pytest

from difflab import providers
from difflab.errors import UsageError
from difflab.studies.convergence import DENSE, kept_steps, measure
from difflab.studies.measurement import Measurement


def batch_losses(found: list[Measurement]) -> np.ndarray:
    return np.array([m.value for m in found if m.quantity == "batch loss"], dtype=float)


@pytest.fixture(scope="module")
def reference() -> np.ndarray:
    return batch_losses(measure("sincos-small", "autodiff", "adam", steps=100))


@pytest.mark.parametrize(
    ("provider", "tolerance"),
    [
        ("symbolic:cse", 1e-10),
        ("symbolic:expanded", 1e-10),
        ("torch", 1e-10),
        ("jax", 1e-10),
        ("complex-step", 1e-10),
        ("finite-difference:central", 1e-7),
    ],
)
def test_training_curves_agree_for_the_first_hundred_steps(
    provider: str, tolerance: float, reference: np.ndarray
) -> None:
    reason = providers.find(provider).unavailable()
    if reason is not None:
        pytest.skip(reason)
    losses = batch_losses(measure("sincos-small", provider, "adam", steps=100))
    assert len(losses) == 100
    np.testing.assert_allclose(losses, reference, rtol=tolerance)


def test_a_wrong_gradient_leaves_the_curve(reference: np.ndarray) -> None:
    """Negative control; by plain descent, because Adam cancels a constant factor per entry."""
    right = batch_losses(measure("sincos-small", "autodiff", "sgd", steps=100))
    noisy = batch_losses(measure("sincos-small", "control:noise", "sgd", steps=100))
    assert np.max(np.abs(noisy - right) / right) > 1e-8
    assert not np.allclose(right, reference, rtol=1e-3)


def test_mini_batches_are_the_same_for_every_provider() -> None:
    pytest.importorskip("torch", reason="PyTorch is an extra")
    curves = [
        batch_losses(measure("digits", provider, steps=30)) for provider in ("autodiff", "torch")
    ]
    np.testing.assert_allclose(curves[0], curves[1], rtol=1e-12)
    assert len(set(curves[0].tolist())) == 30


def test_what_the_report_needs_is_measured() -> None:
    found = {m.quantity: m for m in measure("simplest", "autodiff")}
    assert found["final loss"].value == pytest.approx(0.00250238, abs=5e-9)
    assert found["least loss"].value <= found["final loss"].value <= found["largest loss"].value
    assert found["steps"].value == 200
    assert found["seconds"].at == 200
    assert found["preparation"].unit == "s"


def test_a_run_beyond_the_patience_is_refused_before_it_starts() -> None:
    with pytest.raises(UsageError, match="patience"):
        measure("sincos", "finite-difference:central", patience=1.0)


@pytest.mark.parametrize("steps", [1, 99, 100, 101, 250, 100_000])
def test_the_first_steps_and_the_last_are_kept(steps: int) -> None:
    kept = kept_steps(steps)
    assert kept[: min(DENSE, steps)] == list(range(min(DENSE, steps)))
    assert kept[-1] == steps - 1
    assert kept == sorted(set(kept))
    assert len(kept) <= 220
