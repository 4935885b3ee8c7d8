"""Error bars on functions that the ladder had not seen when they were written down.

The first set, of 654 cases, was committed before the ladder had met any of them. In that run 642
bars covered (98.2 %), one case raised a warning of overflow instead of an answer, and nothing was
wrong in silence. Of the other 11, six were finite and off: a kink of 1e-9 taken for noise, two
determinants whose rounding never shows, a formula that is 0 throughout in rounding, 1/log at 0, a
sum of 1e12 + x. Four gave no number where there is one: two too close to an edge, one at 0 with a
scale of 1e-100, below all steps, one beside a minimum of sixth order. In the last the truth was
wrong, and is mended: x |x| at 0 has two second derivatives, -2 and 2, as the ladder had said.

Then the ladder was mended, and a second set, of 198 cases, was committed before it was run: 195
covered, one raised a warning, one (beside the smallest float) had no number, and one was silently
wrong, for a reason that no values of f can show: a root found to 1e-5, smooth in x and 7e-8 off.
After all mends 646 of the first set are covered and 196 of the second.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from difflab.numeric.ladder import Derivative, Flag, derivative, noise
from tests.numeric.ladder.held_out import FAMILIES, HELD_OUT, HeldOut
from tests.numeric.ladder.held_out.fresh import FAMILIES as FRESH_FAMILIES
from tests.numeric.ladder.held_out.fresh import FRESH
from tests.numeric.ladder.verdict import covers, distance, silently_wrong

SYSTEMATIC = {"W by Brent to 1e-5 at 2"}
"""The program has a slope of its own, and its values are those of another smooth function."""


@dataclass(frozen=True)
class Answer:
    """A case and what the ladder said."""

    case: HeldOut
    found: Derivative

    @property
    def covered(self) -> bool:
        return covers(self.found, self.case.truth)

    def __str__(self) -> str:
        return f"{self.case.name}: {self.found}, truth {self.case.truth}"


def answer(case: HeldOut) -> Answer:
    return Answer(case, derivative(case.f, case.x, n=case.n))


ANSWERS = {"first": [answer(case) for case in HELD_OUT], "second": [answer(case) for case in FRESH]}
BOTH = [*ANSWERS["first"], *ANSWERS["second"]]
SETS = pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS)


def listed(answers: list[Answer]) -> str:
    return "\n".join(map(str, answers))


def shares(answers: list[Answer]) -> tuple[np.ndarray, np.ndarray]:
    """Bars relative to errors and to truths, where these are numbers and not 0."""
    by_error, by_truth = [], []
    for each in answers:
        truth, found = each.case.truth, each.found
        if truth is None or isinstance(truth, tuple) or not np.isfinite(found.value):
            continue
        error = float(distance(found, truth))
        if error > 0:
            by_error.append(float(found.error) / error)
        if abs(truth) > 1e-300:
            by_truth.append(float(found.error) / abs(float(truth)))
    return np.array(by_error), np.array(by_truth)


def test_the_sets_are_as_large_as_promised() -> None:
    first_order = [c for c in HELD_OUT if c.n == 1 and not isinstance(c.x, np.float32)]
    assert len(first_order) >= 260
    assert sum(case.n > 1 for case in HELD_OUT) >= 40
    assert sum(isinstance(case.x, np.float32) for case in HELD_OUT) >= 20
    assert len(FRESH) >= 60
    names = [case.name for case in HELD_OUT + FRESH]
    assert len(set(names)) > 0.97 * len(names)


def test_no_finite_number_is_wrong_without_a_flag() -> None:
    silent = [each for each in BOTH if silently_wrong(each.found, each.case.truth)]
    assert {each.case.name for each in silent} == SYSTEMATIC, listed(silent)


@SETS
def test_bars_cover_at_least_ninety_eight_per_cent(answers: list[Answer]) -> None:
    missed = [each for each in answers if not each.covered]
    assert len(missed) <= 0.02 * len(answers), listed(missed)


@pytest.mark.parametrize("name", [*FAMILIES, *FRESH_FAMILIES])
def test_no_family_is_left_behind(name: str) -> None:
    cases = {id(case) for case in {**FAMILIES, **FRESH_FAMILIES}[name]}
    answers = [each for each in BOTH if id(each.case) in cases]
    missed = [each for each in answers if not each.covered]
    assert len(missed) <= max(1, 0.05 * len(answers)), listed(missed)


@SETS
def test_numbers_beyond_their_bars_are_rare_even_with_flags(answers: list[Answer]) -> None:
    off = [each for each in answers if np.isfinite(each.found.value) and not each.covered]
    assert len(off) <= 0.01 * len(answers), listed(off)


@SETS
def test_bars_are_of_use(answers: list[Answer]) -> None:
    by_error, by_truth = shares(answers)
    assert np.median(by_error) < 200
    assert np.median(by_truth) < 1e-8
    assert np.mean(by_truth > 1) < 0.07  # among them slopes below resolution


@SETS
def test_bars_a_thousand_times_smaller_are_caught(answers: list[Answer]) -> None:
    shrunk = [replace(each, found=replace(each.found, error=each.found.error / 1e3))
              for each in answers]  # fmt: skip
    assert sum(each.covered for each in shrunk) < 0.75 * len(answers)


def test_without_an_estimate_of_noise_many_noisy_cases_are_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(noise, "floor", lambda residual, prior, steps: prior)
    noisy = [answer(case) for case in FAMILIES["noisy"]]
    assert sum(not each.covered for each in noisy) > 0.3 * len(noisy)


def test_every_kink_shows_both_slopes() -> None:
    for each in BOTH:
        if isinstance(each.case.truth, tuple):
            assert Flag.KINK in each.found.flags, str(each)


def test_evaluations_stay_moderate() -> None:
    counts = [each.found.evaluations for each in BOTH]
    assert np.median(counts) <= 70
    assert max(counts) < 1000  # with a second look
