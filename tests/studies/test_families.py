"""Families of functions: each member is the function it claims to be, and swells as is known."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest
import sympy as sp

import difflab as dl
from difflab import symbolic as engine
from difflab.errors import UnknownNameError, UsageError
from difflab.studies.families import FAMILIES, Family, family, of_expression
from difflab.studies.growth import growth_law
from difflab.studies.members import Example
from difflab.studies.sizes import LARGEST, MOST, sizes
from difflab.studies.truth import true_gradient
from difflab.trace import trace
from difflab.tree import flatten

golden = pytest.mark.skipif(
    not sp.__version__.startswith("1.14"), reason="golden numbers belong to SymPy 1.14"
)


def members(kind: Family) -> list[Example]:
    """The smallest member and a larger one."""
    least = {size.name: size.smallest for size in kind.sizes}
    return [kind.member(**least), kind.member(**{name: n + 2 for name, n in least.items()})]


def counts(example: Example) -> dict[str, int]:
    program = trace(example.loss, example.params, *example.contexts)
    arrays, symbols, _ = engine.input_symbols(program)
    loss = engine.scalar_loss(program, arrays)
    derivatives = engine.derive(loss, symbols)
    count = engine.Counter()
    return {
        "loss tree": count.tree(loss),
        "loss dag": count.dag([loss]),
        "gradient tree": sum(count.tree(derivative) for derivative in derivatives),
        "cse": engine.share(derivatives).operations,
    }


@pytest.mark.parametrize("name", FAMILIES)
def test_members_are_smooth_and_finite_at_their_point(name: str) -> None:
    for example in members(FAMILIES[name]):
        truth = flatten(true_gradient(example.loss, example.params, *example.contexts)[1])[0]
        _, gradient = dl.value_and_grad(example.loss)(example.params, *example.contexts)
        for exact, found in zip(truth, flatten(gradient)[0]):
            assert np.all(np.isfinite(found))
            assert found == pytest.approx(exact, rel=1e-12, abs=1e-14)


def test_members_are_the_functions_they_claim_to_be() -> None:
    def value(name: str, **chosen: int) -> tuple[float, Example]:
        example = family(name).member(**chosen)
        return float(example.loss(example.params, *example.contexts)), example

    found, example = value("product", n=4)
    assert found == pytest.approx(np.multiply.reduce(example.params))

    found, example = value("chebyshev", n=6)
    assert found == pytest.approx(np.cos(6 * np.arccos(example.params)))

    found, example = value("logistic-map", n=4)  # in closed form: sin^2(2^(n-1) arcsin(sqrt x))
    assert found == pytest.approx(np.sin(8 * np.arcsin(np.sqrt(example.params))) ** 2)

    found, example = value("rosenbrock", n=4)
    x = example.params
    terms = [100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(3)]
    assert found == pytest.approx(sum(terms))
    assert example.loss(np.ones(4)) == 0

    found, example = value("helmholtz", n=3)
    x, (a, b) = example.params, example.contexts
    bx = sum(b[i] * x[i] for i in range(3))
    quadratic = sum(x[i] * a[i, j] * x[j] for i in range(3) for j in range(3))
    mixed = log((1 + (1 + sqrt(2)) * bx) / (1 + (1 - sqrt(2)) * bx))
    ideal = sum(x[i] * log(x[i] / (1 - bx)) for i in range(3))
    assert found == pytest.approx(ideal - quadratic / (sqrt(8) * bx) * mixed)

    found, example = value("mlp", width=3, depth=1)
    ((w1, b1), (w2, b2)), (x, y) = example.params, example.contexts
    n = 1 / (1 + np.exp(-(x @ w1 + b1)))
    m = 1 / (1 + np.exp(-(n @ w2 + b2)))
    assert found == pytest.approx(float(((y - m) ** 2)[0]))


def test_sizes_of_networks_are_width_and_depth() -> None:
    def shapes(name: str, **chosen: int) -> list[tuple[int, ...]]:
        return [weights.shape for weights, _ in family(name).member(**chosen).params]

    assert shapes("mlp", width=5, depth=3) == [(2, 5), (5, 5), (5, 5), (5, 1)]
    assert shapes("mlp", depth=2) == [(2, 4), (4, 4), (4, 1)]
    assert shapes("chain", depth=3) == [(1, 1)] * 3


@golden
@pytest.mark.parametrize("name", [name for name in FAMILIES if FAMILIES[name].closed_forms])
def test_closed_forms_hold_for_the_usual_sizes(name: str) -> None:
    kind = FAMILIES[name]
    (size,) = kind.sizes
    for n in size.usual[:8]:
        found = counts(kind.member(**{size.name: n}))
        for known in kind.closed_forms:
            expected = known.expected(n)
            if known.quantity in found and expected is not None:
                assert found[known.quantity] == expected, (n, known.quantity)
    assert all(known.why for known in kind.closed_forms)


def test_a_closed_form_says_nothing_where_it_does_not_hold() -> None:
    known = {form.quantity: form for form in family("logistic-map").closed_forms}
    assert known["gradient tree"].expected(2) is None
    assert known["gradient tree"].expected(3) == 25
    assert known["reverse"].expected(8) == 133
    cse = {form.quantity: form for form in family("product").closed_forms}["cse"]
    assert [cse.expected(n) for n in (2, 4, 5, 6)] == [None, 6, None, 15]


@golden
@pytest.mark.parametrize(
    ("name", "quantity", "law"),
    [
        ("logistic-map", "gradient tree", "n^2 2^n, exactly: 2^n (3 n^2 + 3 n - 11)/8"),
        ("logistic-map", "loss tree", "2^n, exactly: 3 2^n/2 - 2"),
        ("chain", "gradient tree", "cubic, exactly: (56 n^3 + 195 n^2 + 43 n)/6"),
        ("product", "gradient tree", "quadratic, exactly: n^2 - 2 n"),
        ("rosenbrock", "gradient tree", "linear, exactly: 11 n - 10"),
        ("helmholtz", "gradient tree", "cubic, exactly: 7 n^3 + 55 n^2 + 32 n"),
    ],
)
def test_each_family_grows_by_its_own_law(name: str, quantity: str, law: str) -> None:
    kind = FAMILIES[name]
    (size,) = kind.sizes
    found = [counts(kind.member(**{size.name: n}))[quantity] for n in size.usual]
    assert str(growth_law(size.usual, found)) == law


@pytest.mark.parametrize("name", FAMILIES)
def test_every_size_is_documented_and_usable(name: str) -> None:
    kind = FAMILIES[name]
    assert kind.title
    assert kind.sizes
    for size in kind.sizes:
        assert size.counts
        assert size.usual == tuple(sorted(set(size.usual)))
        assert size.usual[0] >= size.smallest >= 1
        with pytest.raises(UsageError, match=size.counts):
            kind.member(**{size.name: size.smallest - 1})
        with pytest.raises(UsageError, match=size.name):
            kind.member(**{size.name: 2.5})  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="has no size height"):
        kind.member(height=3)


def test_unknown_families_are_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="chebyshev"):
        family("chebishev")


def test_an_expression_is_a_family_with_one_member() -> None:
    kind = of_expression("x1*exp(-x2) + max(x1, x2)")
    assert (kind.title, kind.sizes) == ("x1*exp(-x2) + max(x1, x2)", ())
    example = kind.member()
    assert sorted(example.params) == ["x1", "x2"]
    assert example.params["x1"] != example.params["x2"]
    value, gradient = dl.value_and_grad(example.loss)(example.params)
    x1, x2 = example.params["x1"], example.params["x2"]
    assert value == pytest.approx(x1 * np.exp(-x2) + max(x1, x2))
    assert gradient["x1"] == pytest.approx(np.exp(-x2) + (x1 > x2))
    with pytest.raises(UsageError, match="has no size"):
        kind.member(n=3)


@pytest.mark.parametrize("text", ["log(-x)", "sqrt(x - 3)", "1/(x - y)", "log(log(x))", "acos(x)"])
def test_a_point_inside_the_domain_is_looked_for(text: str) -> None:
    example = of_expression(text).member()
    assert np.isfinite(example.loss(example.params))


def test_expressions_without_a_use_are_refused() -> None:
    with pytest.raises(UsageError, match="no names"):
        of_expression("pi**2 + 1")
    with pytest.raises(UsageError, match="not finite where it was tried"):
        of_expression("log(-x**2 - 1)")
    with pytest.raises(UsageError, match="not finite where it was tried"):
        of_expression("log(x)", {"x": -1.0})
    with pytest.raises(UsageError, match="has the names x, y"):
        of_expression("x*y", {"x": 1.0})
    with pytest.raises(UsageError, match="attributes"):
        of_expression("x.__class__")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3", (3,)),
        ("1..5", (1, 2, 3, 4, 5)),
        ("1,2,4,8", (1, 2, 4, 8)),
        (" 8, 1 .. 3", None),
        ("8, 1..3,2", (1, 2, 3, 8)),
        ("2..10..2", (2, 4, 6, 8, 10)),
        ("2..9..3", (2, 5, 8)),
        ("5..5", (5,)),
        ("1..1000", tuple(range(1, 1001))),
        ("", None),
        (",", None),
        ("1,", None),
        ("0", None),
        ("0..3", None),
        ("-1", None),
        ("-3..3", None),
        ("5..1", None),
        ("1..5..0", None),
        ("1..", None),
        ("..5", None),
        ("1...5", None),
        ("1-5", None),
        ("1:5", None),
        ("2.5", None),
        ("1e3", None),
        ("all", None),
        ("٣", None),
        ("1..1001", None),
        ("1..1000000", None),
        ("1..600,601..1200", None),
        ("1..999999999999999999", None),
        (str(LARGEST + 1), None),
        ("9" * 10_000, None),
    ],
)
def test_lists_of_sizes_are_read_or_refused_in_three_parts(
    text: str, found: tuple[int, ...] | None
) -> None:
    if found is not None:
        assert sizes(text) == found
        return
    with pytest.raises(UsageError) as caught:
        sizes(text)
    error = caught.value
    assert error.what
    assert error.why
    assert error.instead
    assert len(str(error)) < 300


def test_a_range_with_a_large_step_is_short_enough() -> None:
    assert len(sizes(f"1..{MOST * 10}..100")) == 100
