"""Growth laws: exact ones digit by digit, fitted ones with an interval that holds the truth."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab.errors import UsageError
from difflab.studies.growth import UNDETERMINED, Law, growth_law
from difflab.studies.growth_exact import closed_form

CHAIN = lambda d: (56 * d**3 + 195 * d**2 + 43 * d) // 6
LOGISTIC = lambda n: 2**n * (3 * n * n + 3 * n - 11) // 8


def law_of(rule: Callable[[int], float], first: int, last: int) -> Law:
    sizes = range(first, last + 1)
    return growth_law(sizes, [round(rule(n)) for n in sizes])


@pytest.mark.parametrize(
    ("rule", "first", "last", "name", "formula"),
    [
        (CHAIN, 1, 8, "cubic", "(56 n^3 + 195 n^2 + 43 n)/6"),
        (CHAIN, 1, 6, "cubic", "(56 n^3 + 195 n^2 + 43 n)/6"),
        (lambda d: 7 * d**2 + 15 * d + 3, 1, 6, "quadratic", "7 n^2 + 15 n + 3"),
        (LOGISTIC, 3, 8, "n^2 2^n", "2^n (3 n^2 + 3 n - 11)/8"),
        (lambda n: n * (n - 2), 2, 8, "quadratic", "n^2 - 2 n"),
        (lambda n: 3 * 2 ** (n - 1) - 2, 2, 8, "2^n", "3 2^n/2 - 2"),
        (lambda n: n * (n + 3) // 2 - 1, 2, 8, "quadratic", "(n^2 + 3 n - 2)/2"),
        (lambda n: 2 * n * n + n - 3, 2, 8, "quadratic", "2 n^2 + n - 3"),
        (lambda d: 14 * d + 2, 1, 5, "linear", "14 n + 2"),
        (lambda n: 7, 1, 4, "constant", "7"),
        (lambda n: n**7, 1, 14, "degree 7", "n^7"),
        (lambda n: -(5**n) * 2 + 5**n * n * 3, 1, 9, "n 5^n", "5^n (3 n - 2)"),
        (lambda n: 16**n + 3 * n - 1, 1, 9, "16^n", "16^n + 3 n - 1"),
    ],
)
def test_published_counts_have_exact_laws(
    rule: Callable[[int], int], first: int, last: int, name: str, formula: str
) -> None:
    law = law_of(rule, first, last)
    assert (law.name, law.formula, law.exact) == (name, formula, True)
    assert law.interval is None
    assert str(law) == f"{name}, exactly: {formula}"


def test_a_law_may_begin_at_the_third_size() -> None:
    law = growth_law(range(2, 9), [2, *map(LOGISTIC, range(3, 9))])
    assert (law.name, law.since, law.points) == ("n^2 2^n", 3, 6)
    assert (law.exponent, law.base) == (2, 2)


def test_laws_are_exact_far_beyond_floats() -> None:
    sizes = range(1000, 1012)
    law = growth_law(sizes, [LOGISTIC(n) for n in sizes])
    assert law.formula == "2^n (3 n^2 + 3 n - 11)/8"
    assert growth_law(sizes, [LOGISTIC(n) + n % 3 for n in sizes]).exact is False


def test_sizes_need_not_be_consecutive() -> None:
    sizes = [1, 2, 4, 8, 16, 32]
    assert growth_law(sizes, [CHAIN(d) for d in sizes], "d").formula.startswith("(56 d^3")
    even = [2, 4, 6, 8, 10]
    assert growth_law(even, [n * (n - 1) // 2 for n in even]).formula == "(n^2 - n)/2"


@pytest.mark.parametrize(
    ("rule", "latex"),
    [
        (CHAIN, r"\frac{56 n^{3} + 195 n^{2} + 43 n}{6}"),
        (LOGISTIC, r"\frac{3 n^{2} + 3 n - 11}{8} \, 2^{n}"),
        (lambda n: 3 * 2 ** (n - 1) - 2, r"\frac{3}{2} \, 2^{n} - 2"),
        (lambda n: 4**n, "4^{n}"),
        (lambda n: 3**n * (n + 1), r"(n + 1) \, 3^{n}"),
    ],
)
def test_closed_forms_are_written_as_latex(rule: Callable[[int], int], latex: str) -> None:
    assert law_of(rule, 3, 9).latex == latex


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    base=st.integers(2, 20),
    powers=st.lists(st.integers(1, 50), min_size=1, max_size=3),
    alone=st.lists(st.integers(-50, 50), max_size=2),
    denominator=st.integers(1, 7),
)
def test_what_was_built_from_a_law_gives_it_back(
    base: int, powers: list[int], alone: list[int], denominator: int
) -> None:
    def rule(n: int) -> int:
        polynomial = sum(c * n**k for k, c in enumerate(alone))
        return base**n * sum(c * n**k for k, c in enumerate(powers)) + polynomial

    sizes = range(1, 12)
    counts = [rule(n) for n in sizes]
    form = closed_form(sizes, [count * denominator for count in counts])
    assert form is not None
    beyond = [30, 41]  # far outside of what it was solved from
    assert [form(n) for n in beyond] == [Fraction(rule(n)) * denominator for n in beyond]


@pytest.mark.parametrize(
    "counts",
    [
        [1, 1, 2, 3, 5, 8, 13, 21, 34],  # Fibonacci: its base is no whole number
        [2, 3, 5, 7, 11, 13, 17, 19, 23],  # primes
        [1, 2, 3, 5, 7, 11, 15, 22, 30],  # partitions
        [1, 2, 5, 14, 42, 132, 429, 1430, 4862],  # Catalan
        [CHAIN(d) + (d == 4) for d in range(1, 10)],  # one count that is wrong by one
    ],
)
def test_sequences_without_such_a_law_get_none(counts: list[int]) -> None:
    assert closed_form(range(1, 10), counts) is None


def test_smooth_numbers_are_no_exact_polynomial_of_high_degree() -> None:
    law = law_of(lambda n: 60.3 * n**2 + 91.7 * n + 14.2, 1, 8)
    assert (law.name, law.exact) == ("quadratic", False)


def test_a_network_of_width_4_grows_by_4_with_every_layer() -> None:
    """Loss counted, gradient predicted without differentiating, for 2-4-...-4-1, SymPy 1.14."""
    loss = [59, 243, 979, 3923, 15699, 62803, 251219, 1004883]
    gradient = [3211, 35927, 276003, 1790767, 10538683, 58169927, 306789843, 1563795807]
    assert str(growth_law(range(1, 9), loss)) == "4^n, exactly: 46 4^n/3 - 7/3"
    law = growth_law(range(1, 9), gradient)
    assert (law.name, law.exact) == ("exponential", False)
    assert law.interval is not None
    assert law.interval[0] < 4 < law.interval[1] < 5
    assert growth_law(range(1, 6), gradient[:5]).name == UNDETERMINED


def test_fibonacci_has_the_golden_base() -> None:
    counts = [1, 2]
    while len(counts) < 20:
        counts.append(counts[-1] + counts[-2] + 3)
    law = growth_law(range(1, 21), counts)
    assert law.name == "exponential"
    assert law.interval is not None
    assert law.interval[0] <= 1.618034 <= law.interval[1]
    assert law.interval[1] - law.interval[0] < 0.15


@dataclass(frozen=True)
class Known:
    """A law with lower-order terms: what it is, and how to compute it."""

    exponential: bool
    truth: float
    rule: Callable[[int], float]


def known_law(rng: random.Random) -> Known:
    if rng.random() < 0.5:
        degree = rng.randint(1, 4)
        polynomial = [rng.uniform(0, 3) for _ in range(degree)] + [rng.uniform(0.3, 2)]
        return Known(False, degree, lambda n: sum(c * n**k for k, c in enumerate(polynomial)))
    base, power = rng.choice([1.618, 2, 3, 4, 8, 16]), rng.randint(0, 2)
    u, v = rng.uniform(0, 3), rng.uniform(0, 5)
    return Known(True, base, lambda n: n**power * base**n + u * n * base ** (n / 2) + v * n)


@pytest.mark.parametrize("perturbed", [0.0, 0.005, 0.02])
@pytest.mark.parametrize(("first", "last"), [(1, 8), (2, 12), (3, 20)])
def test_intervals_hold_the_truth_and_kinds_are_never_mixed_up(
    perturbed: float, first: int, last: int
) -> None:
    rng = random.Random(17)
    held, named = 0, 0
    for _ in range(40):
        known = known_law(rng)
        noise = {n: 1 + rng.uniform(-perturbed, perturbed) for n in range(first, last + 1)}
        law = law_of(lambda n: 50 * noise[n] * known.rule(n), first, last)
        if law.name == UNDETERMINED or law.exact:
            continue
        named += 1
        assert (law.base != 1) == known.exponential, (law, known)
        assert law.interval is not None
        held += law.interval[0] <= known.truth <= law.interval[1]
    assert named >= 20
    assert held >= 0.9 * named


def test_a_fitted_law_has_a_formula_near_its_counts() -> None:
    law = law_of(lambda n: 1000 * n**3 * (1 + 0.001 * (-1) ** n), 1, 20)
    assert (law.name, law.exact, law.base) == ("cubic", False, 1)
    assert law.formula.endswith("n^3")
    assert 900 < float(law.formula.split()[0]) < 1100
    assert str(law).startswith("cubic, exponent 3 (")
    steep = law_of(lambda n: 70 * exp(n) * (1 + 0.001 * (-1) ** n), 1, 20)
    assert steep.formula.endswith("2.72^n")


def test_fits_reach_beyond_floats() -> None:
    sizes = range(200, 240)
    law = growth_law(sizes, [16 ** (2 * n) + 3**n * n + n % 2 for n in sizes])
    assert law.name == "exponential"
    assert law.interval is not None
    assert law.interval[0] <= 256 <= law.interval[1]


@pytest.mark.parametrize(
    ("sizes", "counts"),
    [
        ([], []),
        ([1], [5]),
        ([1, 2], [5, 9]),
        ([1, 2, 3], [2, 3, 5]),
        ([1, 2, 3, 4, 5], [3, 11, 40, 151, 600]),
        (range(1, 9), [5, 1, 7, 2, 9, 3, 8, 2]),
        (range(1, 9), [0, 0, 0, 0, 0, 0, 1, 5]),
        (range(1, 9), [3, 0, 4, 0, 5, 9, 2, 6]),
    ],
)
def test_too_few_sizes_or_no_law_are_not_determined(sizes: list[int], counts: list[int]) -> None:
    law = growth_law(sizes, counts)
    assert law.name == UNDETERMINED
    assert (law.exponent, law.base, law.interval, law.formula) == (None, None, None, "")


@pytest.mark.parametrize(
    ("sizes", "counts"),
    [([1, 2], [1]), ([2, 1], [1, 2]), ([1, 1], [1, 2]), ([0, 1], [1, 2]), ([1, 2], [-1, 2])],
)
def test_counts_that_make_no_family_are_refused(sizes: list[int], counts: list[int]) -> None:
    with pytest.raises(UsageError, match="no family"):
        growth_law(sizes, counts)
    with pytest.raises(UsageError, match="whole numbers"):
        growth_law([1], [2.5])  # type: ignore[list-item]
