"""Sizes without SymPy's work: equal to SymPy's own wherever both exist."""

from __future__ import annotations

import gc
import math
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import difflab as dl
from difflab.errors import MissingRuleError, NonScalarLossError, TracingError
from difflab.symbolic import Counter, predict, scalar_loss, stable
from difflab.symbolic.scalars import input_symbols
from difflab.symbolic.sizes.algebra import Algebra
from difflab.symbolic.sizes.calculus import Derivatives
from difflab.symbolic.sizes.field import mirrored_loss
from difflab.symbolic.sizes.nodes import Node
from difflab.symbolic.sizes.store import distinct_operations
from difflab.trace import Program, trace
from tests.autodiff.cases import CASES, Case
from tests.symbolic.losses import (
    Counts,
    by_sympy,
    chain,
    flat_network,
    logistic_map,
    network,
    speelpenning,
)

mirrors_1_14 = pytest.mark.skipif(
    not sp.__version__.startswith("1.14"), reason="the mirror follows SymPy 1.14"
)


def mirrored(program: Program) -> Counts:
    found = asdict(predict(program, work=10**9))
    assert found["exact"]
    return Counts(**{name: found[name] for name in Counts.__dataclass_fields__})


MEMBERS = {
    **{f"logistic map {n}": logistic_map(n) for n in (2, 3, 5, 8)},
    **{f"chain {depth}": chain(depth) for depth in (1, 2, 3, 7)},
    **{f"product {n}": speelpenning(n) for n in (2, 3, 8)},
    "1-4-1": network(1, 4, 1),
    "2-4-4-1": network(2, 4, 4, 1),
    "3-2-2": network(3, 2, 2),
    "3-2-2 tanh": network(3, 2, 2, activation=np.tanh),
    "3-2-2 sigmoid": network(3, 2, 2, activation=dl.sigmoid),
    "3-2-2 softplus": network(3, 2, 2, activation=dl.softplus),
    "3-2-2 softplus written out": network(3, 2, 2, activation=lambda z: np.log(1 + np.exp(z))),
    "3-2-2 relu": network(3, 2, 2, activation=dl.relu),
    "3-2-2 arcsinh": network(3, 2, 2, activation=np.arcsinh),
}


@mirrors_1_14
@pytest.mark.parametrize("name", MEMBERS)
def test_every_count_of_every_family_is_that_of_sympy(name: str) -> None:
    assert mirrored(MEMBERS[name]) == by_sympy(MEMBERS[name])[0]


def _case_program(case: Case) -> Program:
    weights = np.cos(np.arange(np.size(case.call(*case.arrays))))
    weights = weights.reshape(np.shape(case.call(*case.arrays)))
    return trace(
        lambda p: np.sum(case.call(*p) * weights), [np.asarray(a, float) for a in case.arrays]
    )


@mirrors_1_14
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_call_is_sized_or_refused_as_by_sympy(case: Case) -> None:
    program = _case_program(case)
    try:
        arrays, _, _ = input_symbols(program)
        scalar_loss(program, arrays)
    except (MissingRuleError, TracingError) as refusal:
        with pytest.raises(type(refusal)):
            predict(program)
        return
    assert mirrored(program) == by_sympy(program)[0]


# --- laws ------------------------------------------------------------------------------------

FUNCTIONS = (
    *(sp.exp, sp.log, sp.sin, sp.cos, sp.tanh, sp.atan, sp.sqrt),
    *(stable.sigmoid, stable.softplus),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "subtract", "multiply", "divide", "power", "function"]),
        st.integers(0, 99),
        st.integers(0, 99),
    ),
    min_size=2,
    max_size=10,
)


def _step(kind: str, x: Any, y: Any, number: int, algebra: Algebra | None) -> Any:
    if kind == "add":
        return x + y
    if kind == "subtract":
        return x - y
    if kind == "multiply":
        return x * y
    if kind == "divide":
        return x / y
    if kind == "power":
        return x ** (2, 3, -1, -2)[number % 4]
    function = FUNCTIONS[number % len(FUNCTIONS)]
    if algebra is None:
        return function(x)
    if function is sp.sqrt:
        return algebra.power(x, algebra.node(0.5))
    return algebra.apply(function, x)


def _build(steps: list[tuple[str, int, int]]) -> tuple[Algebra, sp.Expr, Node]:
    """The same random expression in SymPy and on the mirror."""
    algebra = Algebra()
    expressions = [sp.Symbol(name, real=True) for name in "xyz"]
    nodes = [algebra.store.atom(name) for name in "xyz"]
    for number in (sp.Integer(2), sp.Integer(-1), sp.Rational(1, 2)):
        expressions.append(number)
        nodes.append(algebra.bridge.from_sympy(number))
    for kind, i, j in steps:
        at, other = i % len(nodes), j % len(nodes)
        assume(expressions[other] != 0 and expressions[at] != 0)
        assume(kind != "function" or expressions[at].free_symbols)
        made = _step(kind, expressions[at], expressions[other], j, None)
        assume(not made.has(sp.zoo, sp.nan, sp.oo, sp.I))
        assume(Counter().tree(made) < 150)
        expressions.append(made)
        nodes.append(_step(kind, nodes[at], nodes[other], j, algebra))
    return algebra, expressions[-1], nodes[-1]


@mirrors_1_14
@settings(max_examples=300, deadline=None, derandomize=True)
@given(STEPS)
def test_random_expressions_and_their_slopes_have_the_sizes_of_sympys(
    steps: list[tuple[str, int, int]],
) -> None:
    algebra, expression, node = _build(steps)
    count = Counter()
    sizes = count.tree(expression), count.depth(expression), count.calls(expression)
    assert (node.tree, node.depth, node.calls) == sizes
    assert distinct_operations([node]) == count.dag([expression])
    x = algebra.store.atom("x")
    slope = Derivatives(algebra, node, [x]).by(x).node
    derivative = sp.diff(expression, sp.Symbol("x", real=True))
    assert (slope.tree, slope.depth) == (count.tree(derivative), count.depth(derivative))


@mirrors_1_14
@settings(max_examples=100, deadline=None, derandomize=True)
@given(STEPS)
def test_what_crosses_the_bridge_comes_back(steps: list[tuple[str, int, int]]) -> None:
    algebra, expression, node = _build(steps)
    assert algebra.bridge.to_sympy(node) == expression
    assert Algebra().bridge.from_sympy(expression).tree == node.tree


# --- far beyond what SymPy can build -----------------------------------------------------------


@mirrors_1_14
@pytest.mark.parametrize(
    ("widths", "loss_tree", "loss_dag", "tree"),
    [
        ((2, 8, 8, 1), 895, 335, 344_511),
        ((2, 16, 16, 1), 3_447, 1_047, 3_948_527),
        ((2, 64, 64, 1), 53_703, 13_383, 739_486_607),
    ],
)
def test_networks_that_take_sympy_minutes_or_hours(
    widths: tuple[int, ...], loss_tree: int, loss_dag: int, tree: int
) -> None:
    found = predict(network(*widths))
    assert (found.loss_tree, found.loss_dag, found.gradient_tree) == (loss_tree, loss_dag, tree)
    assert found.exact == (widths != (2, 64, 64, 1))


@mirrors_1_14
def test_one_slope_of_2_64_64_1_as_sympy_forms_it() -> None:
    # sympy.diff of the scalar loss (5 s to build, 1 to 4 s each) by p0, p500, p4415
    algebra = Algebra()
    loss, leaves = mirrored_loss(network(2, 64, 64, 1), algebra)
    symbols = [symbol for leaf in leaves for symbol in leaf]
    derivatives = Derivatives(algebra, loss, symbols)
    slopes = [derivatives.by(symbols[i]).node for i in (0, 500, 4415)]
    assert [slope.tree for slope in slopes] == [269_647, 162_787, 161_940]
    assert [slope.calls for slope in slopes] == [20_931, 12_614, 12_548]
    assert {slope.depth for slope in slopes} == {18}


@mirrors_1_14
@pytest.mark.parametrize("n", [20, 60, 120])
def test_the_logistic_map_keeps_its_law_beyond_thirty_digits(n: int) -> None:
    found = predict(logistic_map(n))
    assert found.exact
    assert found.loss_tree == 3 * 2 ** (n - 1) - 2
    assert found.loss_dag == n * (n + 3) // 2 - 1
    assert found.gradient_tree == 2**n * (3 * n**2 + 3 * n - 11) // 8
    assert (found.gradient_tree > 10**30) == (n == 120)


@mirrors_1_14
@pytest.mark.parametrize("depth", [20, 30])
def test_the_chain_keeps_its_law(depth: int) -> None:
    law = (56 * depth**3 + 195 * depth**2 + 43 * depth) // 6
    assert predict(chain(depth), work=10**9).gradient_tree == law
    assert predict(chain(depth), work=1000).gradient_tree == pytest.approx(law, rel=0.02)


@mirrors_1_14
def test_speelpennings_product_keeps_its_law() -> None:
    assert predict(speelpenning(150)).gradient_tree == 150 * 148


# --- representatives ---------------------------------------------------------------------------


@mirrors_1_14
@pytest.mark.parametrize(
    "program",
    [
        network(2, 8, 8, 1),
        flat_network(2, 8, 8, 1),
        network(5, 3, 4, activation=np.tanh),
        trace(
            lambda p, x, y: dl.softmax_cross_entropy(dl.sigmoid(x @ p[0]) @ p[1] + p[2], y),
            [np.ones((4, 5)), np.ones((5, 3)), np.ones(3)],
            np.ones(4),
            np.ones(3),
        ),
        trace(lambda w, x: np.sum(np.exp(np.convolve(x, w))), np.ones(4), np.ones(9)),
    ],
    ids=["layers", "one vector", "tanh", "cross-entropy", "convolution"],
)
def test_representatives_stand_for_their_kind_exactly(program: Program) -> None:
    work = 500 if predict(program).visited > 1000 else 100
    whole, some = predict(program, work=10**9), predict(program, work=work)
    assert whole.exact
    assert not some.exact
    assert some.gradient_dag is None
    for name in ("gradient_tree", "gradient_calls", "gradient_depth", "walked", "visited"):
        assert getattr(some, name) == getattr(whole, name), name


def test_parameters_that_are_not_alike_are_not_mixed_up() -> None:
    program = trace(lambda w: np.sum(w[:3]) ** 2 + np.exp(w[3]) * np.prod(w[4:]), np.ones(8))
    whole, some = predict(program, work=10**9), predict(program, work=1)
    assert some.parameters == whole.parameters == 8
    assert predict(program, work=40).gradient_tree == whole.gradient_tree


def test_parameters_that_are_not_in_the_loss_have_no_slope() -> None:
    found = predict(trace(lambda w: w[0] * 1.0, np.ones(3)))
    assert (found.parameters, found.loss_tree, found.gradient_tree) == (3, 0, 0)
    assert predict(trace(lambda w: np.sum(0.0 * w) + 2.0, np.ones(3))).gradient_tree == 0


def test_refusals_are_those_of_the_symbolic_engine() -> None:
    with pytest.raises(NonScalarLossError, match="shape"):
        predict(trace(lambda w: w * 2, np.ones(3)))
    with pytest.raises(MissingRuleError, match=r"np\.linalg\.inv cannot be expressed in SymPy"):
        predict(trace(lambda w: np.linalg.inv(w)[0, 0], np.eye(2)))


def test_the_collector_runs_again_afterwards() -> None:
    assert gc.isenabled()
    with pytest.raises(NonScalarLossError):
        predict(trace(lambda w: w * 2, np.ones(3)))
    predict(logistic_map(3))
    assert gc.isenabled()


def test_a_loss_too_large_to_mirror_is_answered_from_shapes() -> None:
    program = network(3000, 1000, 10)
    found = predict(program)
    assert not found.exact
    assert found.parameters == 3000 * 1000 + 1000 + 10_000 + 10
    assert math.log10(found.gradient_tree) > 14


@mirrors_1_14
def test_a_wrong_rule_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(self: Derivatives, node: Node, _slopes: Any) -> Node:
        return node

    right = mirrored(chain(2))
    monkeypatch.setattr(Derivatives, "_power_rule", forgetful)
    assert mirrored(chain(2)) != right
