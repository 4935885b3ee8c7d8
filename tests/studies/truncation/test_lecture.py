"""The slide's chain along one parameter: golden slopes and a series that adds up."""

from __future__ import annotations

import numpy as np
import pytest

from difflab.errors import UnknownNameError
from difflab.studies.truncation import PARAMETERS, simplest, simplest_loss
from difflab.studies.truncation.lecture import true_derivatives

GRADIENT = {  # of the lecture's fixture
    "w1": 0.03828454614565866,
    "b1": 0.07656909229131735,
    "w2": -0.1546279934597754,
    "b2": -0.2812266869920346,
}


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


@pytest.mark.parametrize("parameter", GRADIENT)
def test_forward_mode_beside_it_is_right_to_rounding(parameter: str) -> None:
    subject = simplest(parameter, points=20)
    (engine,) = subject.engines
    found = engine.derivatives(subject.points)
    assert found == pytest.approx(subject.exact(1), rel=1e-14)


def test_the_first_point_is_the_fixtures() -> None:
    assert simplest("b1", points=5).points[0] == PARAMETERS["b1"]
    assert simplest("b1", "float32", points=5).points.dtype == np.float32


def test_another_parameter_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="'w2'"):
        simplest("w22")
