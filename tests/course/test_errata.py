"""The errata's numbers, to the digits that they are given with; and the lesson they hide."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from difflab.course import ERRATA, ROWS, evaluate
from difflab.course.checks_collapse import collapse, outputs, per_layer
from difflab.course.checks_differences import v_curve
from difflab.course.descent import (
    BOTH,
    EXACT,
    RULES,
    WRONG_FORM,
    WRONG_SIGN,
    descend,
    errors,
    gradient,
    passes_a_gradient_check,
)
from difflab.course.page import lesson_text
from difflab.course.row import UNCLEAR, WRONG

START = (0.8, -0.2, -1.1, 0.3)
NUMBERS = {
    "dL/dm = 2(y - m)": {
        "slide's sign dL/dw2": (0.154628, 5e-7),
        "true dL/dw2": (-0.1546279934597754, 1e-15),
        "L before descent with it": (0.331, 5e-4),
        "L after 200 updates": (0.9945, 5e-5),
    },
    "dm/dz2 = sigma'(m) = sigma(m)(1 - sigma(m))": {
        "slide's form dL/dw2": (-0.151331, 5e-7),
        "with both errors": (0.151331, 5e-7),
    },
    "dn/dz1 = sigma'(n)": {
        "dL/dw1 with both errors": (-0.035122, 5e-7),
        "with this one at both units": (0.035122, 5e-7),
        "true dL/dw1": (0.038285, 5e-7),
    },
    "n = sigmoid(w1 n + b1)": {"fixed point n": (0.5621, 5e-5)},
    'dz1/dw1 shown as "24"': {"dL/dw1 with 24": (-1.6859, 5e-5)},
    "dL/db1 omitted": {"dL/db1 by the formula": (0.0765691, 5e-8)},
    '"2D input and output"': {"dimensions of Y's array": (1, 0), "numbers in a row of X": (2, 0)},
    "Y = W(W(WX + B) + B) = WX + B with one W, B": {
        "net less W3 W2 W1 x + biases": (0.0, 1e-12),
    },
    '"8.5% gain" for AlexNet': {"25.7 - 16.4": (9.3, 1e-12)},
    'MNIST "6,000, 1,000 for each class", "black and white"': {},
    "finite differences: truncation error": {"error at h = 1e-05": (1.161e-7, 5e-11)},
}


@pytest.mark.parametrize("erratum", ERRATA, ids=lambda erratum: erratum.says)
def test_every_erratum_has_its_numbers(erratum: object) -> None:
    found = {each.what: each.value for each in erratum.show("")}  # type: ignore[attr-defined]
    for what, (value, tolerance) in NUMBERS[erratum.says].items():  # type: ignore[attr-defined]
        assert found[what] == pytest.approx(value, abs=tolerance), what
    assert erratum.needs_files == (not found)  # type: ignore[attr-defined]


def test_every_erratum_is_about_rows_that_do_not_hold_and_none_is_forgotten() -> None:
    by_key = {row.key: row for row in ROWS}
    named = [key for erratum in ERRATA for key in erratum.rows]
    for key in named:
        if not by_key[key].needs_files:
            assert evaluate(by_key[key], "").verdict in (WRONG, UNCLEAR)
    wrong = {row.key for row in ROWS if evaluate(row, "").verdict == WRONG}
    assert wrong <= set(named)


def test_the_wrong_derivative_trains_better_and_only_a_gradient_check_finds_it() -> None:
    true, wrong = descend(EXACT), descend(WRONG_FORM)
    assert true[-1] == pytest.approx(0.00250238, abs=5e-9)
    assert wrong[-1] == pytest.approx(0.00043185, abs=5e-9)
    assert all(later < earlier for earlier, later in pairwise(wrong))
    assert [passes_a_gradient_check(rule) for rule in RULES] == [True, False, False, False]
    told = lesson_text()
    assert "L = 0.00043185, lower than the true gradient's 0.00250238" in told
    assert "finds it, and passes the true gradient" in told


def test_the_slides_sign_climbs_and_both_errors_saturate() -> None:
    climb = descend(WRONG_SIGN)
    assert climb[0] == pytest.approx(0.33133809095635464)
    assert climb[-1] == pytest.approx(0.9945, abs=5e-5)
    assert descend(BOTH)[-1] > 0.999


def test_gradients_by_rule_at_the_fixture() -> None:
    exact = (0.03828454614565866, 0.07656909229131735, -0.1546279934597754, -0.2812266869920346)
    assert gradient(EXACT, *START) == pytest.approx(exact, rel=1e-14)
    assert gradient(WRONG_SIGN, *START) == pytest.approx(tuple(-g for g in exact), rel=1e-14)
    assert gradient(WRONG_FORM, *START)[2] == pytest.approx(-0.151331, abs=5e-7)
    assert gradient(BOTH, *START)[0] == pytest.approx(-0.035122, abs=5e-7)
    assert errors(WRONG_SIGN, 3) == pytest.approx([2.0] * 4)
    assert errors(EXACT, 3) == (0.0,) * 4


def test_differences_have_a_v_curve_with_both_predicted_sides() -> None:
    curve = {point.step: point for point in v_curve()}
    for step in (1e-3, 1e-4, 1e-5):
        assert curve[step].error == pytest.approx(curve[step].truncation, rel=0.02)
    for step in (1e-11, 1e-12, 1e-13):
        assert 1e3 * curve[step].truncation < curve[step].error
        assert curve[step].error < 2 * curve[step].rounding
    best = min(curve.values(), key=lambda point: point.error)
    assert 1e-10 < best.step < 1e-6


def test_layers_collapse_to_1e_12_and_bent_ones_do_not() -> None:
    for widths in ((2, 64, 64, 1), (2, 128, 128, 1)):
        net, affine = outputs(widths)
        assert np.max(np.abs(net - affine)) < 1e-12
        bent, affine = outputs(widths, np.tanh)
        assert np.max(np.abs(bent - affine)) > 0.1
    w, b = collapse([(np.eye(2), np.ones((2, 1))), (2 * np.eye(2), np.zeros((2, 1)))])
    assert (w == 2 * np.eye(2)).all()
    assert (b == 2).all()
    assert per_layer("W@(W@(W@X + B) + B) + B") == "W3@(W2@(W1@X + B1) + B2) + B3"
