"""Exhibits 1 to 3: what theory foretells of a curve, and verdicts that can say no."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from difflab.numeric import vcurve
from difflab.numeric.stencils import SCHEMES
from difflab.numeric.vcurve import Slope, VCurve
from difflab.studies.truncation import (
    CURVES,
    PARAMETERS,
    curve_of,
    measure,
    simplest,
    subject_of,
    verdicts,
)
from difflab.studies.truncation.curves import luck, steps_for

HELD = ("within", "any short step")
FORMULAS = {
    "exp(x)": 1.0,
    "sin(x)": 1.0,
    "log(x)": 2.0,
    "1/x": 1.5,
    "tanh(x)": 0.5,
    "exp(-x**2)": 0.3,
    "atan(x)": 0.7,
}


def curve(scheme: str, dtype: str = "float64", points: int = 200, parameter: str = "w2") -> VCurve:
    return curve_of(simplest(parameter, dtype, points), scheme)


def words(found: VCurve) -> dict[str, str]:
    return {verdict.quantity: verdict.found for verdict in verdicts(found)}


def of(text: str, dtype: str = "float64", **at: float) -> Any:
    return subject_of(f"expression {text}", None, dtype, 200, at)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_theory_foretells_the_curve(scheme: str) -> None:
    found = curve(scheme)
    assert found.truncation_slope.value == pytest.approx(SCHEMES[scheme].accuracy, abs=0.15)
    assert found.roundoff_slope.value == pytest.approx(-1.0, abs=0.1)
    assert 1 / 2 < found.found.step / found.predicted.step < 2
    # predicted is the sum of both errors, found the root of the sum of their squares
    assert 1 / 1.6 < found.found.error / found.predicted.error < 1.2


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_every_prediction_holds_for_every_parameter_of_simplest(parameter: str) -> None:
    for scheme in CURVES:
        found = words(curve(scheme, parameter=parameter))
        # the complex step of w1 and b1 costs two roundings more than one
        allowed = (*HELD, "2 roundings") if scheme == "complex-step" else HELD
        assert set(found.values()) <= set(allowed), (scheme, found)


@pytest.mark.parametrize("text", FORMULAS)
def test_every_prediction_holds_for_formulas(text: str) -> None:
    subject = of(text, x=FORMULAS[text])
    for scheme in CURVES:
        found = words(curve_of(subject, scheme))
        assert set(found.values()) <= {*HELD, "only 2 steps", "2 roundings"}, (scheme, found)


@pytest.mark.parametrize("scheme", ["forward", "central", "central-4"])
def test_float32_has_the_same_shape_at_its_own_scale(scheme: str) -> None:
    narrow, wide = curve(scheme, "float32"), curve(scheme)
    assert set(words(narrow).values()) <= {*HELD, "only 2 steps"}
    assert narrow.found.error > 1e3 * wide.found.error
    assert narrow.found.step > 10 * wide.found.step


def test_the_complex_step_is_the_flat_line() -> None:
    found = curve("complex-step")
    small = found.errors[found.steps < 1e-9]
    assert small.max() < 2 * small.min() < 1e-16
    assert curve("central-8").found.error > 10 * small.max()


@pytest.mark.parametrize("scheme", ["forward", "central", "central-8"])
def test_a_line_has_neither_truncation_nor_rounding_and_the_words_say_so(scheme: str) -> None:
    found = words(curve_of(of("x", x=1.0), scheme))
    assert found == {
        "truncation slope": "no truncation",
        "round-off slope": "no rounding",
        "best step": "no truncation",
        "best error": "no truncation",
    }


def test_central_differences_of_a_parabola_have_no_truncation_but_round() -> None:
    found = words(curve_of(of("x**2", x=1.0), "central"))
    assert found["truncation slope"] == found["best step"] == "no truncation"
    assert found["round-off slope"] == "within"


def test_values_that_hardly_change_do_not_spoil_the_slope_of_rounding() -> None:
    # one value of exp(x) + 10^6 is off by 3e-11: below h = 1e-11 differences are mostly 0
    subject = of("exp(x)+1000000", x=1.0)
    found = curve_of(subject, "central")
    assert words(found)["round-off slope"] == "within"
    ruled = found.roundoff > 30 * found.truncation
    careless = vcurve.fit_slope(found.steps[ruled], found.errors[ruled])
    assert careless.value > -0.9


def test_a_wide_subject_far_from_zero_keeps_its_predictions() -> None:
    for scheme in ("forward", "central", "central-8"):
        assert set(words(curve_of(of("sin(x)", x=1e4), scheme)).values()) <= set(HELD)


def test_correlated_rounding_is_called_by_its_name() -> None:
    # 10 x and 10 (x + h) round alike where h moves the low digits by a multiple of 8
    found = words(curve_of(of("sin(10*x)", x=1.0), "forward"))
    assert found["best error"] == "outside: rounding cancels"
    assert found["truncation slope"] == "within"


def test_a_wrong_error_constant_is_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    right = vcurve._stencil_theory

    def mutant(stencil: Any, *rest: Any) -> Any:
        theory = right(stencil, *rest)
        best = replace(theory.predicted, error=20 * theory.predicted.error)
        return theory._replace(leading=8000 * theory.leading, predicted=best)

    monkeypatch.setattr(vcurve, "_stencil_theory", mutant)
    assert words(curve("central"))["best error"].startswith("outside")


def test_a_wrong_stencil_is_caught_by_its_slope(monkeypatch: pytest.MonkeyPatch) -> None:
    right = vcurve.difference

    def mutant(f: Any, x: Any, step: Any, stencil: Any, value: Any = None) -> Any:
        return right(f, x, step, SCHEMES["forward"], value)

    monkeypatch.setattr(vcurve, "difference", mutant)
    found = words(curve("central-4"))
    assert found["truncation slope"] == "outside"
    assert found["best step"] == found["best error"] == "outside"


def test_verdicts_have_edges() -> None:
    found = curve("central")

    def verdict(**changed: Any) -> dict[str, str]:
        return words(replace(found, **changed))

    assert verdict(truncation_slope=Slope(2.14, 0.0, 9))["truncation slope"] == "within"
    assert verdict(truncation_slope=Slope(2.16, 0.0, 9))["truncation slope"] == "outside"
    assert verdict(roundoff_slope=Slope(-0.89, 0.0, 9))["round-off slope"] == "outside"
    assert verdict(roundoff_slope=Slope(-1.0, 0.0, 7))["round-off slope"] == "only 7 steps"
    tripled = replace(found.predicted, step=3.2 * found.found.step)
    assert verdict(predicted=tripled)["best step"] == "outside"
    doubled = replace(found.predicted, error=found.found.error / 2.1)
    assert verdict(predicted=doubled)["best error"] == "outside"
    tiny = replace(found.predicted, step=1e-30)
    assert verdict(predicted=tiny)["best step"] == "h* is shorter than any step"


def test_steps_are_multiples_of_the_spacing_and_no_powers_of_two() -> None:
    subject = of("sin(x)", x=1e4)
    steps = steps_for(subject, "central")
    spacing = np.spacing(np.max(subject.points))
    assert np.all(steps / spacing == np.round(steps / spacing))
    assert np.mean(np.log2(steps) % 0.5 == 0) < 0.1
    assert steps[-1] <= subject.scale


def test_one_point_is_luckier_than_all() -> None:
    found = curve("central")
    assert luck(found) > 3
    assert luck(replace(found, single=np.zeros_like(found.single))) == 1.0


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
        "points", "reach", "subject", "truth",
    }  # fmt: skip
