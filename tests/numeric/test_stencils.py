"""Weights are exact, and a wrong weight does not get past its moments."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab.errors import UnknownNameError, UsageError
from difflab.numeric.difference import difference
from difflab.numeric.stencils import SCHEMES, Stencil, fornberg, named_stencil

GOLDEN = {
    "forward": {0: "-1", 1: "1"},
    "backward": {-1: "-1", 0: "1"},
    "central": {-1: "-1/2", 1: "1/2"},
    "central-4": {-2: "1/12", -1: "-2/3", 1: "2/3", 2: "-1/12"},
    "central-6": {-3: "-1/60", -2: "3/20", -1: "-3/4", 1: "3/4", 2: "-3/20", 3: "1/60"},
    "central-8": {
        -4: "1/280", -3: "-4/105", -2: "1/5", -1: "-4/5",
        1: "4/5", 2: "-1/5", 3: "4/105", 4: "-1/280",
    },
}  # fmt: skip
"""Fornberg (1988), tables 1 and 2."""

CONSTANTS = {
    "forward": (1, "1/2", "2"),
    "backward": (1, "-1/2", "2"),
    "central": (2, "1/6", "1"),
    "central-4": (4, "-1/30", "3/2"),
    "central-6": (6, "1/140", "11/6"),
    "central-8": (8, "-1/630", "25/12"),
}
"""Accuracy p, error constant K = +-(m!)^2 / (2m + 1)!, and S1, the harmonic numbers."""

offsets = st.lists(st.integers(-6, 6), min_size=2, max_size=7, unique=True)


@pytest.mark.parametrize("scheme", GOLDEN)
def test_weights_are_those_of_the_paper(scheme: str) -> None:
    stencil = SCHEMES[scheme]
    expected = {o: Fraction(c) for o, c in GOLDEN[scheme].items()}
    assert dict(zip(stencil.offsets, stencil.weights)) == expected


@pytest.mark.parametrize("scheme", CONSTANTS)
def test_accuracy_and_constants_follow_from_the_weights(scheme: str) -> None:
    stencil = named_stencil(scheme)
    accuracy, constant, roundoff = CONSTANTS[scheme]
    assert stencil.accuracy == accuracy
    assert stencil.error_constant == Fraction(constant)
    assert stencil.roundoff_constant == Fraction(roundoff)


def test_every_named_scheme_has_golden_numbers() -> None:
    assert set(SCHEMES) == set(GOLDEN) == set(CONSTANTS)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(offsets, st.integers(1, 4))
def test_weights_agree_with_sympy_on_any_nodes(nodes: list[int], derivative: int) -> None:
    derivative = min(derivative, len(nodes) - 1)
    theirs = sympy.finite_diff_weights(derivative, nodes, 0)[derivative][-1]
    assert fornberg(nodes, derivative).weights == tuple(
        Fraction(int(c.p), int(c.q)) for c in theirs
    )


@settings(derandomize=True, max_examples=60, deadline=None)
@given(offsets, st.integers(1, 4))
def test_stencils_are_exact_on_polynomials_up_to_their_accuracy(
    nodes: list[int], derivative: int
) -> None:
    derivative = min(derivative, len(nodes) - 1)
    stencil = fornberg(nodes, derivative)
    for power in range(derivative + stencil.accuracy):
        exact = sympy.factorial(derivative) if power == derivative else 0
        assert stencil.moment(power) == exact
    assert stencil.moment(derivative + stencil.accuracy) != 0
    assert stencil.accuracy >= len(nodes) - derivative


@settings(derandomize=True, max_examples=30, deadline=None)
@given(offsets)
def test_the_order_of_the_nodes_does_not_matter(nodes: list[int]) -> None:
    forth, back = fornberg(nodes), fornberg(nodes[::-1])
    assert dict(zip(forth.offsets, forth.weights)) == dict(zip(back.offsets, back.weights))


@settings(derandomize=True, max_examples=30, deadline=None)
@given(offsets)
def test_quotients_are_the_same_stencil_written_as_a_mean(nodes: list[int]) -> None:
    stencil = fornberg(nodes)
    assert sum(q.weight for q in stencil.quotients) == pytest.approx(1)
    f = lambda x: 2.0 * x**3 - x + 5.0
    plain = sum(float(c) * f(0.5 + o * 0.25) for o, c in zip(stencil.offsets, stencil.weights))
    assert difference(f, 0.5, 0.25, stencil) == pytest.approx(plain / 0.25)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_error_falls_with_the_order_and_the_constant_that_are_claimed(scheme: str) -> None:
    stencil = SCHEMES[scheme]
    steps = (0.25, 0.125)
    errors = [difference(np.exp, 0.0, h, stencil) - 1.0 for h in steps]
    for h, error in zip(steps, errors):
        assert error / h**stencil.accuracy == pytest.approx(float(stencil.error_constant), rel=0.1)
    assert np.log2(errors[0] / errors[1]) == pytest.approx(stencil.accuracy, abs=0.15)


def test_a_wrong_weight_is_caught() -> None:
    right = SCHEMES["central-4"]
    for position in range(len(right.weights)):
        weights = list(right.weights)
        weights[position] *= Fraction(101, 100)
        with pytest.raises(UsageError, match="do not give a derivative"):
            Stencil(right.offsets, tuple(weights), 1)


def test_a_mutant_that_keeps_the_first_moments_loses_its_order() -> None:
    mutant = Stencil((-2, -1, 1, 2), tuple(map(Fraction, ("1/8", "-3/4", "3/4", "-1/8"))), 1)
    assert mutant.accuracy == 2 < SCHEMES["central-4"].accuracy
    errors = [abs(difference(np.exp, 0.0, h, mutant) - 1.0) for h in (0.1, 0.05)]
    assert np.log2(errors[0] / errors[1]) < 2.5


@pytest.mark.parametrize(
    ("nodes", "derivative"), [((0,), 1), ((0, 1), 2), ((1, 1, 2), 1), ((0, 1), 0), ((), 1)]
)
def test_nodes_without_a_stencil_are_refused(nodes: tuple[int, ...], derivative: int) -> None:
    with pytest.raises(UsageError, match="at least d \\+ 1 distinct points"):
        fornberg(nodes, derivative)


def test_only_first_derivatives_are_means_of_quotients() -> None:
    with pytest.raises(UsageError, match="first derivatives"):
        _ = fornberg((-1, 0, 1), 2).quotients


def test_an_unknown_scheme_comes_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="'central'"):
        named_stencil("centrel")


def test_higher_order_costs_more_points_and_amplifies_more_noise() -> None:
    family = [SCHEMES[s] for s in ("central", "central-4", "central-6", "central-8")]
    for lower, higher in pairwise(family):
        assert lower.evaluations < higher.evaluations
        assert lower.roundoff_constant < higher.roundoff_constant
