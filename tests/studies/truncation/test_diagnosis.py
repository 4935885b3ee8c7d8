"""Diagnosis without truth, judged by the truth: over many functions, types and steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from difflab.errors import NonScalarLossError, ParameterTypeError, UsageError
from difflab.numeric.stencils import SCHEMES
from difflab.numeric.vcurve import rms_constant
from difflab.studies.truncation import Subject, diagnose, diagnosis, subject_of

FORMULAS: dict[str, float] = {
    "exp(x)": 1.0, "sin(x)": 1.0, "cos(x)": 0.3, "log(x)": 2.0, "1/x": 1.5, "tanh(x)": 0.5,
    "sqrt(x)": 2.0, "exp(-x**2)": 0.3, "atan(x)": 0.7, "cosh(x)": 1.0, "1/(1+x**2)": 0.5,
    "log(1+exp(x))": 0.2, "x**10": 1.0, "exp(x)+1000000": 1.0, "sin(x)/x": 1.0,
    "x**5-3*x+2": 0.4, "log(x) ": 1e-3, "exp(x) ": 20.0, "1000000*x**4": 1.0, "tan(x)": 1.0,
    "1/x ": 1e-4, "sigmoid(x)": 0.3, "x**3": 1.0, "exp(sin(3*x))": 0.4,
}  # fmt: skip
"""Where each is looked at; written down before any was diagnosed."""

CLEAR = 6.0
"""A step this many times the best one, or shorter, has a clear verdict."""

KINKS: dict[str, Callable[[Any], Any]] = {
    "|x|": np.abs,
    "|x| + exp(x)": lambda x: np.abs(x) + np.exp(x),
    "relu(x)": lambda x: np.maximum(x, 0.0),
    "leaky": lambda x: np.where(x > 0, x, 0.01 * x)[()],
    "max(sin, 0)": lambda x: np.maximum(np.sin(x), 0.0),
    "|sin 3x| + cos x": lambda x: np.abs(np.sin(3 * x)) + np.cos(x),
    "1000 + |x|": lambda x: 1000 + np.abs(x),
}
"""With a kink at 0."""


def best_step(subject: Subject) -> float:
    """From the true third derivative and the noise seen against the truth."""
    higher = abs(float(subject.derivative(float(subject.points[0]), 3))) / 6
    noise = subject.noise
    assert noise
    return float((rms_constant(SCHEMES["central"]) * noise / (2 * higher)) ** (1 / 3))


def asked(text: str, dtype: str) -> list[tuple[str, str]]:
    """Right and given verdicts of a formula at all steps that are clear."""
    subject = subject_of(f"expression {text}", None, dtype, 24, {"x": FORMULAS[text]}, order=3)
    x, best = subject.points[0], best_step(subject)
    pairs = []
    for h in subject.scale * 2.0 ** np.arange(-40.0, -1.0, 1.5):
        if h < 16 * np.spacing(abs(x)):
            continue
        right = (
            "truncation" if h > CLEAR * best
            else "rounding" if h < best / CLEAR
            else "at the optimum" if 1 / 2 < h / best < 2
            else ""
        )  # fmt: skip
        if right:
            pairs.append((right, diagnose(lambda t: subject.function(t)[()], x, h).verdict))
    return pairs


@pytest.fixture(scope="module")
def answers() -> list[tuple[str, str]]:
    return [
        pair for text in FORMULAS for dtype in ("float64", "float32") for pair in asked(text, dtype)
    ]


def test_nearly_every_verdict_is_right(answers: list[tuple[str, str]]) -> None:
    right = sum(wanted == given for wanted, given in answers)
    assert len(answers) > 700
    assert right / len(answers) > 0.99  # 802 of 806 when it was written


def test_truncation_and_rounding_are_never_taken_for_one_another(
    answers: list[tuple[str, str]],
) -> None:
    opposites = {("truncation", "rounding"), ("rounding", "truncation")}
    assert not opposites & set(answers)
    assert {wanted for wanted, _ in answers} == {"truncation", "rounding", "at the optimum"}


@pytest.mark.parametrize("name", KINKS)
@pytest.mark.parametrize("h", [1e-1, 1e-3, 1e-5, 1e-7])
def test_a_kink_at_x_is_seen_at_every_step(name: str, h: float) -> None:
    found = diagnose(KINKS[name], 0.0, h)
    assert found.verdict == "kink"
    f, short = KINKS[name], 1e-6
    left, right = (f(0.0) - f(-short)) / short, (f(short) - f(0.0)) / short
    assert (found.left, found.right) == pytest.approx((left, right), rel=0.05, abs=0.05)


@pytest.mark.parametrize("name", KINKS)
@pytest.mark.parametrize("inside", [0.3, 0.6, 0.9])
def test_a_kink_within_the_stencil_is_no_power_series(name: str, inside: float) -> None:
    h = 1e-3
    verdict = diagnose(KINKS[name], inside * h, h).verdict
    assert verdict in ("not asymptotic", "kink")


@pytest.mark.parametrize("name", KINKS)
def test_a_kink_beyond_the_stencil_does_not_matter(name: str) -> None:
    verdict = diagnose(KINKS[name], 0.1, 1e-9).verdict
    assert verdict == "rounding"


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.sign(x) + x, 0.0),
        (lambda x: np.cbrt(x), 0.0),
        (lambda x: np.floor(x + 0.5), 0.5),
        (lambda x: np.sign(x) * np.sqrt(np.abs(x)) + np.exp(x), 0.0),
    ],
)
def test_jumps_and_infinite_slopes_are_helped_by_no_step(f: Callable[[Any], Any], x: float) -> None:
    found = diagnose(f, x, 1e-3)
    assert found.verdict == "not asymptotic"
    assert "no step helps" in found.advice


@pytest.mark.parametrize("h", 0.1 * 1.37 ** -np.arange(14.0))
def test_an_oscillation_is_neither_a_kink_nor_a_jump(h: float) -> None:
    found = diagnose(lambda x: np.sin(1000 * x) + np.cos(1000 * x), 0.3, h)
    assert found.verdict in ("not asymptotic", "truncation")
    assert "no step helps" not in found.advice


def test_the_edge_of_a_domain_wants_a_shorter_step() -> None:
    found = diagnose(np.log, 1e-3, 1e-2)
    assert (found.verdict, "halve the step" in found.advice) == ("not asymptotic", True)


@pytest.mark.parametrize("h", [1e-2, 1e-3])
def test_both_parts_of_the_error_are_estimated(h: float) -> None:
    found = diagnose(np.exp, 1.0, h)
    true = abs(found.derivative - np.e)
    assert found.truncation == pytest.approx(true, rel=1e-3)
    assert found.order == pytest.approx(2.0, abs=0.01)
    assert found.rounding < 1e-3 * true


def test_noise_of_a_simulation_is_found_and_lengthens_the_step() -> None:
    rng = np.random.default_rng(0)
    quiet = diagnose(np.exp, 1.0, 1e-4)
    noisy = diagnose(lambda x: np.exp(x) + 1e-9 * rng.normal(), 1.0, 1e-4)
    assert quiet.verdict == "truncation"
    assert noisy.verdict == "rounding"
    assert 1e-9 / 3 < noisy.noise < 3e-9
    assert noisy.best_step > 100 * quiet.best_step


def test_following_the_advice_ends_at_the_optimum() -> None:
    for text in ("exp(x)", "tanh(x)", "1/x", "x**3", "exp(sin(3*x))"):
        subject = subject_of(f"expression {text}", None, "float64", 2, {"x": FORMULAS[text]})

        def f(t: Any, subject: Subject = subject) -> Any:
            return subject.function(t)[()]

        for h in (1e-2, 1e-9):
            best = diagnose(f, float(subject.points[0]), h).best_step
            assert diagnose(f, float(subject.points[0]), best).verdict == "at the optimum"


def test_a_parabola_has_no_truncation_to_be_found() -> None:
    found = diagnose(lambda x: x * x, 1.0, 1e-5)
    assert (found.verdict, "no truncation" in found.advice) == ("rounding", True)
    assert np.isnan(found.best_step)


def test_a_diagnosis_blind_to_noise_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "_noise", lambda f, x, value: 1e-30)
    assert diagnose(np.exp, 1.0, 1e-9).verdict != "rounding"


def test_evaluations_are_counted() -> None:
    calls: list[float] = []

    def f(x: Any) -> Any:
        calls.append(x)
        return np.sin(x)

    assert diagnose(f, 1.0, 1e-3).evaluations == len(calls) < 40


@pytest.mark.parametrize(
    ("f", "x", "h", "error", "what"),
    [
        (np.exp, 1, 1e-3, ParameterTypeError, "int"),
        (np.log, -1.0, 1e-3, UsageError, "f\\(-1\\) is nan"),
        (np.exp, 1.0, 0.0, UsageError, "is no step"),
        (np.exp, 1.0, -1.0, UsageError, "is no step"),
        (np.exp, 1.0, np.nan, UsageError, "is no step"),
        (np.exp, 1.0, 1e-17, UsageError, "below the spacing"),
        (lambda x: np.array([x, x]), 1.0, 1e-3, NonScalarLossError, "array"),
        (lambda x: 3, 1.0, 1e-3, NonScalarLossError, "not a real"),
    ],
)
def test_what_cannot_be_diagnosed_is_refused(
    f: Any, x: Any, h: float, error: type[Exception], what: str
) -> None:
    with pytest.raises(error, match=what):
        diagnose(f, x, h)
