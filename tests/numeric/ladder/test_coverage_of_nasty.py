"""Error bars cover the truth, and nothing finite is wrong in silence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from difflab.numeric.ladder import Derivative, derivative, families
from difflab.numeric.ladder.agreement import choose
from tests.numeric.ladder.nasty import NASTY, Nasty
from tests.numeric.ladder.verdict import covers, silently_wrong

ANSWERS = [(case, derivative(case.f, case.x)) for case in NASTY]


@pytest.mark.parametrize(("case", "found"), ANSWERS, ids=[case.name for case in NASTY])
def test_no_finite_number_is_wrong_without_a_flag(case: Nasty, found: Derivative) -> None:
    assert not silently_wrong(found, case.truth), str(found)


def test_bars_cover_nearly_all() -> None:
    missed = [f"{case.name}: {found}" for case, found in ANSWERS if not covers(found, case.truth)]
    assert len(missed) <= 0.02 * len(ANSWERS), "\n".join(missed)


def test_bars_a_thousand_times_smaller_are_caught() -> None:
    shrunk = [(case, replace(found, error=found.error / 1e3)) for case, found in ANSWERS]
    missed = sum(not covers(found, case.truth) for case, found in shrunk)
    assert missed > 0.2 * len(ANSWERS)


def test_without_the_agreement_rule_aliasing_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = 0.8731196226768560
    assert abs(derivative(np.sin, 1e10).value - truth) < 1e-10
    monkeypatch.setattr(families, "choose", lambda rows, share: choose(rows, 0.0))
    assert abs(derivative(np.sin, 1e10).value) < 1e-6  # the mean slope over many periods


def test_quotient_of_bar_and_error_is_moderate() -> None:
    quotients = []
    for case, found in ANSWERS:
        if case.truth is None or isinstance(case.truth, tuple) or not np.isfinite(found.value):
            continue
        error = abs(float(found.value - case.truth))
        if error > 0:
            quotients.append(found.error / error)
    assert np.median(quotients) < 1e3
