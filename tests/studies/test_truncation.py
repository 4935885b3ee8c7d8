"""The truncation study of the task ``simplest``."""

from __future__ import annotations

import numpy as np
import pytest

from difflab.errors import UnknownNameError, UsageError
from difflab.numeric.stencils import SCHEMES
from difflab.numeric.vcurve import VCurve
from difflab.studies.truncation import PARAMETERS, curve_of, measure, simplest, simplest_loss
from difflab.studies.truncation.lecture import true_derivatives

GRADIENT = {  # of the lecture's fixture
    "w1": 0.03828454614565866,
    "b1": 0.07656909229131735,
    "w2": -0.1546279934597754,
    "b2": -0.2812266869920346,
}


def curve(scheme: str, dtype: str = "float64", points: int = 200, parameter: str = "w2") -> VCurve:
    return curve_of(simplest(parameter, dtype, points), scheme)


@pytest.mark.parametrize("parameter", GRADIENT)
def test_the_truth_is_that_of_the_fixture(parameter: str) -> None:
    found = true_derivatives(parameter, PARAMETERS[parameter])[1]
    assert found == pytest.approx(GRADIENT[parameter], rel=1e-15)
    assert simplest_loss(np.exp, **PARAMETERS) == pytest.approx(0.33133809095635464, rel=1e-15)


def test_higher_derivatives_obey_taylors_series() -> None:
    # |h / radius of convergence| is about 1/30, so ten terms leave less than 1e-14
    h = 0.2
    derivatives = true_derivatives("w2", -1.1)
    series = sum(derivatives[n] * h**n / np.prod(np.arange(1.0, n + 1)) for n in range(10))
    assert series == pytest.approx(simplest_loss(np.exp, **{**PARAMETERS, "w2": -0.9}), rel=1e-13)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_theory_foretells_the_curve(scheme: str) -> None:
    found = curve(scheme)
    assert found.truncation_slope.value == pytest.approx(SCHEMES[scheme].accuracy, abs=0.15)
    assert found.roundoff_slope.value == pytest.approx(-1.0, abs=0.1)
    assert 1 / 2 < found.found.step / found.predicted.step < 2
    assert 1 / 1.4 < found.found.error / found.predicted.error < 1.4


@pytest.mark.parametrize("scheme", ["forward", "central", "central-4"])
def test_float32_has_the_same_shape_at_its_own_scale(scheme: str) -> None:
    narrow, wide = curve(scheme, "float32"), curve(scheme)
    assert narrow.roundoff_slope.value == pytest.approx(-1.0, abs=0.1)
    # predicted is the sum of both errors, found the root of the sum of their squares
    assert 1 / 1.5 < narrow.found.error / narrow.predicted.error < 1.4
    assert narrow.found.error > 1e3 * wide.found.error
    assert narrow.found.step > 10 * wide.found.step


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_every_parameter_has_its_curve(parameter: str) -> None:
    found = curve("central", points=50, parameter=parameter)
    assert found.truncation_slope.value == pytest.approx(2.0, abs=0.15)
    assert found.found.error < 3 * found.predicted.error


def test_the_complex_step_is_the_flat_line() -> None:
    found = curve("complex-step")
    small = found.errors[found.steps < 1e-9]
    assert small.max() < 2 * small.min() < 1e-16
    assert curve("central-8").found.error > 10 * small.max()


def test_every_step_has_its_rows() -> None:
    rows = measure("simplest", "central", points=10)
    by_quantity: dict[str, list[float]] = {}
    for row in rows:
        by_quantity.setdefault(row.quantity, []).append(float(row.at or 0))
        assert (row.parameters, row.batch) == (4, 1)
        assert isinstance(row.value, float if row.unit else str)
    series = ["error", "error at one point", "truncation, theory", "round-off, theory"]
    found = curve("central", points=10)
    for name in series:
        assert by_quantity.pop(name) == list(found.steps)
    assert by_quantity.pop("local slope") == list(found.local_slopes[0])
    assert set(by_quantity) == {
        "predicted step", "predicted error", "best step", "best error",
        "truncation slope", "truncation slope, standard error",
        "round-off slope", "round-off slope, standard error", "times luckier",
        "worst-case step", "worst-case error", "truncation slope, verdict",
        "round-off slope, verdict", "best step, verdict", "best error, verdict",
        "subject", "truth",
    }  # fmt: skip


def test_the_same_settings_give_the_same_rows() -> None:
    assert measure("simplest", "forward", points=5) == measure("simplest", "forward", points=5)


def test_bad_settings_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="'central'"):
        measure("simplest", "centre")
    with pytest.raises(UnknownNameError, match="'w1'"):
        measure("simplest", "central", parameter="w3")
    with pytest.raises(UsageError, match="0 points"):
        measure("simplest", "central", points=0)
