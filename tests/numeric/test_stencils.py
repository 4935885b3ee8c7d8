"""Weights are exact, and a wrong weight does not get past its moments."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import factorial

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab.errors import UnknownNameError, UsageError
from difflab.numeric.apply import apply_stencil
from difflab.numeric.quotient import difference
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


SECOND_TO_FOURTH = {
    ("central", 2): "1 -2 1",
    ("central-4", 2): "-1/12 4/3 -5/2 4/3 -1/12",
    ("central-6", 2): "1/90 -3/20 3/2 -49/18 3/2 -3/20 1/90",
    ("central", 3): "-1/2 1 -1 1/2",
    ("central-4", 3): "1/8 -1 13/8 -13/8 1 -1/8",
    ("central", 4): "1 -4 6 -4 1",
    ("central-4", 4): "-1/6 2 -13/2 28/3 -13/2 2 -1/6",
    ("forward-2", 1): "-3/2 2 -1/2",
    ("forward-3", 1): "-11/6 3 -3/2 1/3",
    ("forward-4", 1): "-25/12 4 -3 4/3 -1/4",
    ("backward-2", 1): "1/2 -2 3/2",
    ("forward", 2): "1 -2 1",
    ("forward-2", 2): "2 -5 4 -1",
    ("forward", 3): "-1 3 -3 1",
    ("forward-2", 3): "-5/2 9 -12 7 -3/2",
    ("forward-2", 4): "3 -14 26 -24 11 -2",
}
"""Fornberg (1988), tables 1 and 3, from the lowest offset to the highest."""


@pytest.mark.parametrize(("scheme", "derivative"), SECOND_TO_FOURTH)
def test_named_stencils_of_other_orders_are_those_of_the_paper(
    scheme: str, derivative: int
) -> None:
    stencil = named_stencil(scheme, derivative)
    assert " ".join(map(str, stencil.weights)) == SECOND_TO_FOURTH[scheme, derivative]
    assert stencil.side == scheme.split("-")[0]


@pytest.mark.parametrize("derivative", [1, 2, 3, 4])
@pytest.mark.parametrize("side", ["forward", "backward", "central"])
def test_names_keep_their_promise_of_side_order_and_derivative(side: str, derivative: int) -> None:
    for order in range(1, 13):
        if side == "central" and order % 2:
            continue
        stencil = named_stencil(f"{side}-{order}", derivative)
        assert (stencil.accuracy, stencil.derivative) == (order, derivative)
        assert stencil.side == side
        assert stencil.symmetric == (side == "central")
        assert 0 not in stencil.weights  # nothing is evaluated for nothing
        for power in range(derivative + order):
            expected = factorial(derivative) if power == derivative else 0
            assert stencil.moment(power) == expected
        mirrored = {"forward": "backward", "backward": "forward", "central": "central"}[side]
        twin = named_stencil(f"{mirrored}-{order}", derivative)
        assert twin.offsets == tuple(-o for o in reversed(stencil.offsets))
        assert twin.roundoff_constant == stencil.roundoff_constant


@pytest.mark.parametrize("m", range(1, 13))
def test_constants_of_central_stencils_have_a_closed_form(m: int) -> None:
    stencil = named_stencil(f"central-{2 * m}")
    assert abs(stencil.error_constant) == Fraction(factorial(m) ** 2, factorial(2 * m + 1))
    assert stencil.roundoff_constant == sum(Fraction(1, k) for k in range(1, m + 1))
    assert stencil.error_exponents(3) == (2 * m, 2 * m + 2, 2 * m + 4)


def test_names_without_a_number_are_the_lowest_order_and_are_made_once() -> None:
    assert named_stencil("central") == named_stencil("central-2")
    assert named_stencil("forward") == named_stencil("forward-1")
    assert named_stencil("central-30", 3) is named_stencil("central-30", 3)
    assert all(named_stencil(name) == stencil for name, stencil in SCHEMES.items())


@pytest.mark.parametrize(
    ("scheme", "derivative", "instead"),
    [("central-3", 1, "central-4, or forward-3"), ("forward-101", 1, "forward-8"),
     ("central", 0, "1")],
)  # fmt: skip
def test_orders_that_do_not_exist_are_refused_with_one_that_does(
    scheme: str, derivative: int, instead: str
) -> None:
    with pytest.raises(UsageError) as caught:
        named_stencil(scheme, derivative)
    assert caught.value.instead == instead


@pytest.mark.parametrize(
    "scheme", ["central-", "central-0", "forward-x", "upwind", "central-02", ""]
)
def test_words_that_are_no_scheme_are_unknown(scheme: str) -> None:
    with pytest.raises(UnknownNameError, match="known ones are"):
        named_stencil(scheme)


rationals = st.lists(st.fractions(-4, 4, max_denominator=6), min_size=2, max_size=6, unique=True)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(rationals, st.integers(1, 4))
def test_rational_offsets_agree_with_sympy_too(nodes: list[Fraction], derivative: int) -> None:
    derivative = min(derivative, len(nodes) - 1)
    exact = [sympy.Rational(node.numerator, node.denominator) for node in nodes]
    theirs = sympy.finite_diff_weights(derivative, exact, 0)[derivative][-1]
    stencil = fornberg(nodes, derivative)
    assert stencil.weights == tuple(Fraction(int(c.p), int(c.q)) for c in theirs)
    assert stencil == fornberg(exact, derivative)
    assert all(type(o) is int for o in stencil.offsets if o == int(o))


def test_half_integers_may_be_floats_and_differentiate() -> None:
    staggered = fornberg((-1.5, -0.5, 0.5, 1.5))
    assert staggered == fornberg([Fraction(k, 2) for k in (-3, -1, 1, 3)])
    assert staggered == fornberg(np.array([-1.5, -0.5, 0.5, 1.5]))
    assert staggered.accuracy == 4
    assert difference(np.exp, 0.0, 2.0**-8, staggered) == pytest.approx(1.0, abs=1e-11)


@pytest.mark.parametrize("offset", [np.nan, np.inf, "a", None, 1j])
def test_offsets_that_are_no_numbers_are_refused(offset: object) -> None:
    with pytest.raises(UsageError, match="is no finite number"):
        fornberg((0, offset))


@pytest.mark.parametrize("derivative", [1, 2, 3, 4])
@pytest.mark.parametrize("scheme", ["forward-2", "central", "central-4", "backward-3"])
def test_applied_stencils_err_as_their_constant_says(scheme: str, derivative: int) -> None:
    stencil = named_stencil(scheme, derivative)
    h = 2.0**-5
    error = apply_stencil(np.exp, 0.25, h, stencil) - np.exp(0.25)
    expected = float(stencil.error_constant) * h**stencil.accuracy * np.exp(0.25)
    assert error == pytest.approx(expected, rel=0.25)


def test_applied_stencils_are_elementwise_and_divide_by_the_step_as_taken() -> None:
    second = named_stencil("central", 2)
    x = np.array([1.0, 2.0, 1000.0])
    found = apply_stencil(lambda v: v * v, x, 1e-2, second)
    np.testing.assert_allclose(found, [2.0, 2.0, 2.0], rtol=1e-5)
    rounded = apply_stencil(lambda v: v.astype(float) ** 2, np.float32([4096]), 0.001, second)
    assert found.dtype == np.float64
    assert rounded == pytest.approx(2.0)  # h became 2^-10 beside 4096 in float32
    assert np.isnan(apply_stencil(np.exp, 1.0, 1e-20, second))


def test_a_planted_wrong_weight_is_caught() -> None:
    """The moments catch every single wrong weight of every derivative."""
    for derivative in (2, 3, 4):
        right = named_stencil("central-4", derivative)
        for position in range(len(right.weights)):
            weights = list(right.weights)
            weights[position] += Fraction(1, 1000)
            with pytest.raises(UsageError, match="do not give a derivative"):
                Stencil(right.offsets, tuple(weights), derivative)


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
