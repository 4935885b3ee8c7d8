"""dL/dz = p - y under every engine, near and far."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from difflab.tasks.cross_entropy import logits, summary
from difflab.tasks.rows import distinct, where
from tests.tasks.helpers import assert_drawn, assert_expected, missed, run

FEW = {"points": 5}


def test_all_engines_give_p_less_y() -> None:
    result = run("cross-entropy", "torch")
    assert_expected(result, 3)
    assert_drawn(result)
    assert distinct(result.rows, "engine") == [
        "torch", "symbolic:matrix", "finite-difference:central-6", "autodiff",
    ]  # fmt: skip
    assert "4 engines" in result.lesson


def test_p_less_y_is_the_derivative_in_forty_digits() -> None:
    z, y = logits().x[0], logits().y[0]
    arithmetic = mpmath.MPContext()
    arithmetic.dps = 40

    def loss(*at: object) -> object:
        total = sum(arithmetic.exp(one) for one in at)
        return -sum(int(t) * arithmetic.log(arithmetic.exp(one) / total) for t, one in zip(y, at))

    at = tuple(arithmetic.mpf(one) for one in z.tolist())
    truth = [float(arithmetic.diff(loss, at, unit)) for unit in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]
    rows = where(run("cross-entropy", options=FEW).rows, loss="softmax", engine="autodiff")[:3]
    assert [row["dL/dz"] for row in rows] == pytest.approx(truth, abs=1e-15)


@pytest.mark.parametrize("control", ["control:zeros", "control:flipped-sign", "control:noise"])
def test_a_wrong_derivative_is_noticed(control: str) -> None:
    wrong = missed(run("cross-entropy", control))
    assert wrong == ["largest |dL/dz - (p - y)|, binary", "largest |dL/dz - (p - y)|, softmax"]


@pytest.mark.parametrize(
    "provider", ["autodiff:compiled", "symbolic:expanded", "complex-step", "finite-difference"]
)
def test_other_engines_are_as_exact_as_they_can_be(provider: str) -> None:
    result = run("cross-entropy", provider, FEW)
    bound = 1e-10 if provider == "finite-difference" else 1e-14
    errors = [row["error"] for row in result.rows if row["engine"].startswith(provider)]
    assert errors
    assert max(errors) < bound


def test_far_logits_are_finite() -> None:
    far = [row for row in run("cross-entropy", options=FEW).rows if abs(row["z"]) == 1000]
    assert len(far) > 10
    assert all(np.isfinite([row["L"], row["dL/dz"]]).all() for row in far)
    assert {row["L"] for row in far if row["loss"] == "binary"} == {0.0, 1000.0}


def test_the_share_that_is_finite_counts_far_logits_alone() -> None:
    near = {"engine": "a", "error": 0.0, "z": 0.0, "L": 0.7, "dL/dz": 0.5}
    lost = {**near, "z": -1000.0, "L": np.inf}
    rows = [{**row, "loss": loss} for row in (near, lost) for loss in ("binary", "softmax")]
    assert summary(rows)["share that is finite at logits of 1000"] == 0.0
