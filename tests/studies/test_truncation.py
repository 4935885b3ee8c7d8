"""The truncation study of the task ``simplest``."""

from __future__ import annotations

import numpy as np
import pytest

from difflab.errors import UnknownNameError, UsageError
from difflab.numeric.stencils import SCHEMES
from difflab.studies.truncation import PARAMETERS, curve, measure, simplest_loss, true_derivative

GRADIENT = {  # of the lecture's fixture
    "w1": 0.03828454614565866,
    "b1": 0.07656909229131735,
    "w2": -0.1546279934597754,
    "b2": -0.2812266869920346,
}


@pytest.mark.parametrize("parameter", GRADIENT)
def test_the_truth_is_that_of_the_fixture(parameter: str) -> None:
    found = true_derivative(parameter, PARAMETERS[parameter], 1)
    assert found == pytest.approx(GRADIENT[parameter], rel=1e-15)
    assert simplest_loss(np.exp, **PARAMETERS) == pytest.approx(0.33133809095635464, rel=1e-15)


def test_higher_derivatives_obey_taylors_series() -> None:
    # |h / radius of convergence| is about 1/30, so ten terms leave less than 1e-14
    h = 0.2
    series = sum(
        true_derivative("w2", -1.1, n) * h**n / np.prod(np.arange(1.0, n + 1)) for n in range(10)
    )
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
    assert 1 / 1.4 < narrow.found.error / narrow.predicted.error < 1.4
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
    rows = measure("central", points=10)
    by_quantity: dict[str, list[float]] = {}
    for row in rows:
        by_quantity.setdefault(row.quantity, []).append(float(row.at or 0))
        assert (row.unit, row.parameters, row.batch) == ("1", 4, 1)
        assert isinstance(row.value, float)
    series = ["error", "error at one point", "truncation, theory", "round-off, theory"]
    steps = list(curve("central", points=10).steps)
    for name in series:
        assert by_quantity.pop(name) == steps
    assert set(by_quantity) == {
        "predicted step", "predicted error", "best step", "best error",
        "truncation slope", "truncation slope, standard error",
        "round-off slope", "round-off slope, standard error",
    }  # fmt: skip


def test_the_same_settings_give_the_same_rows() -> None:
    assert measure("forward", points=5) == measure("forward", points=5)


def test_bad_settings_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="'central'"):
        measure("centre")
    with pytest.raises(UnknownNameError, match="'w1'"):
        measure("central", parameter="w3")
    with pytest.raises(UsageError, match="0 points"):
        measure("central", points=0)
