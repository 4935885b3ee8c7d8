"""Golden numbers of expression swell, counted on SymPy's own expressions."""

from __future__ import annotations

import pytest
import sympy as sp

from difflab.symbolic import Counter, share
from difflab.symbolic.counting import own_calls
from tests.symbolic.losses import by_sympy, chain, logistic_map, network, speelpenning

golden = pytest.mark.skipif(
    not sp.__version__.startswith("1.14"), reason="golden numbers belong to SymPy 1.14"
)

# n: loss tree, loss DAG, diff tree, diff DAG, after cse, expanded polynomial
LOGISTIC = {
    2: (4, 4, 2, 2, 2, 2),
    3: (10, 8, 25, 16, 14, 8),
    4: (22, 13, 98, 37, 31, 20),
    5: (46, 19, 316, 69, 51, 44),
    6: (94, 26, 920, 114, 77, 92),
    7: (190, 34, 2512, 174, 108, 188),
    8: (382, 43, 6560, 251, 144, 380),
}
# widths: P, loss tree, loss DAG, expanded tree, expanded DAG, cse
NETWORKS = {
    (1, 1, 1): (4, 17, 17, 219, 38, 30),
    (1, 4, 1): (13, 47, 47, 1911, 122, 87),
    (2, 4, 4, 1): (37, 243, 123, 35927, 690, 355),
}


@golden
@pytest.mark.parametrize("n", LOGISTIC)
def test_the_logistic_map(n: int) -> None:
    counts, loss, derivatives = by_sympy(logistic_map(n))
    expanded = Counter().tree(sp.Poly(loss).diff().as_expr())
    sizes = (counts.loss_tree, counts.loss_dag, counts.gradient_tree, counts.gradient_dag)
    assert (*sizes, share(derivatives).operations, expanded) == LOGISTIC[n]
    assert counts.loss_tree == 3 * 2 ** (n - 1) - 2
    assert counts.loss_dag == n * (n + 3) // 2 - 1
    if n >= 3:
        assert counts.gradient_tree == 2**n * (3 * n**2 + 3 * n - 11) // 8
    assert counts.loss_calls == counts.gradient_calls == 0


@pytest.mark.parametrize(
    ("n", "slope"),
    [
        (2, sp.Rational(12, 5)),
        (3, sp.Rational(-336, 125)),
        (4, sp.Rational("9.0660864")),
        (5, sp.Rational("15.302555848409088")),
        (6, sp.Rational("-39.411943900283580")),
    ],
)
def test_slopes_of_the_logistic_map_at_a_fifth(n: int, slope: sp.Rational) -> None:
    _, loss, (derivative,) = by_sympy(logistic_map(n))
    (x,) = loss.free_symbols
    found = derivative.subs(x, sp.Rational(1, 5))
    assert abs(found - slope) <= sp.Rational(1, 10**14)
    if n <= 4:
        assert found == slope


@golden
@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_a_chain_of_neurons_swells_cubically(depth: int) -> None:
    counts, _, derivatives = by_sympy(chain(depth))
    assert counts.gradient_tree == (56 * depth**3 + 195 * depth**2 + 43 * depth) // 6
    assert Counter().tree(derivatives[0]) == 7 * depth**2 + 15 * depth + 3
    assert share(derivatives).operations == 14 * depth + 2


@golden
@pytest.mark.parametrize("n", range(2, 10))
def test_speelpennings_product(n: int) -> None:
    counts, _, derivatives = by_sympy(speelpenning(n))
    assert counts.gradient_tree == n * (n - 2)
    if n > 2 and n % 2 == 0:
        assert share(derivatives).operations == n * (n - 1) // 2


@golden
@pytest.mark.parametrize("widths", NETWORKS, ids=str)
def test_networks(widths: tuple[int, ...]) -> None:
    counts, _, derivatives = by_sympy(network(*widths))
    assert (
        len(derivatives),
        counts.loss_tree,
        counts.loss_dag,
        counts.gradient_tree,
        counts.gradient_dag,
        share(derivatives).operations,
    ) == NETWORKS[widths]


def test_counts_are_exact_beyond_any_float() -> None:
    x = sp.Symbol("x")
    expression: sp.Expr = x
    for _ in range(200):  # doubles the tree, adds one node to the DAG
        expression = sp.Function("f")(expression, expression)
    count = Counter()
    assert count.tree(expression) == 2**200 - 1
    assert count.dag([expression]) == 200
    assert count.depth(expression) == 200


def test_calls_repeat_with_what_they_are_written_in() -> None:
    x, y = sp.symbols("x y", positive=True)
    once = sp.sin(x) + x**y
    assert Counter().calls(once) == 2
    assert Counter().calls(once**3 + sp.exp(once)) == 5
    assert [own_calls(e) for e in (x + y, x**2, sp.sqrt(x), 1 / x, sp.Abs(x), sp.pi**x)] == [
        *(0, 0, 0, 0, 0),
        1,
    ]
