"""Golden numbers of expression swell, measured with SymPy 1.14."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from difflab.errors import UnknownNameError, UsageError
from difflab.studies.swell import FAMILIES, logistic_map, measure, network, swell
from difflab.symbolic import derive

golden = pytest.mark.skipif(
    not sp.__version__.startswith("1.14"), reason="golden numbers belong to SymPy 1.14"
)

# n: loss tree, loss DAG, diff tree, diff DAG, after cse
LOGISTIC = {
    2: (4, 4, 2, 2, 2),
    3: (10, 8, 25, 16, 14),
    4: (22, 13, 98, 37, 31),
    5: (46, 19, 316, 69, 51),
    6: (94, 26, 920, 114, 77),
    7: (190, 34, 2512, 174, 108),
    8: (382, 43, 6560, 251, 144),
}
# widths: P, loss tree, loss DAG, expanded tree, expanded DAG, cse
NETWORKS = {
    (1, 1, 1): (4, 17, 17, 219, 38, 30),
    (1, 4, 1): (13, 47, 47, 1911, 122, 87),
    (2, 4, 4, 1): (37, 243, 123, 35927, 690, 355),
}


@golden
@pytest.mark.parametrize("n", LOGISTIC)
def test_the_logistic_map_swells_as_published(n: int) -> None:
    loss, params, _ = logistic_map(n)
    found = swell(loss, params)
    assert (found.loss, found.loss_shared, found.expanded, found.shared, found.cse) == LOGISTIC[n]
    assert found.loss == 3 * 2 ** (n - 1) - 2
    assert found.loss_shared == n * (n + 3) // 2 - 1
    if n >= 3:
        assert found.expanded == 2**n * (3 * n * n + 3 * n - 11) // 8


@pytest.mark.parametrize(
    ("n", "derivative"),
    [
        (2, sp.Rational(12, 5)),
        (3, sp.Rational(-336, 125)),
        (4, 9.0660864),
        (5, 15.302555848409088),
        (6, -39.411943900283580),
    ],
)
def test_the_logistic_map_has_the_known_derivatives(n: int, derivative: float) -> None:
    x = sp.Symbol("x", real=True)
    (found,) = derive(logistic_map(n)[0](x), [x])
    assert float(found.subs(x, sp.Rational(1, 5))) == pytest.approx(float(derivative), rel=1e-15)


@golden
@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_a_chain_of_neurons_swells_cubically(depth: int) -> None:
    found = {m.quantity: m.value for m in measure("chain", depth)}
    assert found["expanded operations"] == (56 * depth**3 + 195 * depth**2 + 43 * depth) // 6
    assert found["cse operations"] == 14 * depth + 2
    assert found["predicted operations"] == pytest.approx(found["expanded operations"], rel=0.07)


@golden
@pytest.mark.parametrize("widths", NETWORKS, ids=str)
def test_networks_swell_as_measured(widths: tuple[int, ...]) -> None:
    loss, params, contexts = network(*widths)
    found = swell(loss, params, *contexts)
    counts = (found.loss, found.loss_shared, found.expanded, found.shared, found.cse)
    assert (found.parameters, *counts) == NETWORKS[widths]
    assert found.predicted == pytest.approx(found.expanded, rel=0.07)


@golden
@pytest.mark.parametrize("n", [2, 4, 6, 8])
def test_speelpennings_product(n: int) -> None:
    found = {m.quantity: m.value for m in measure("product", n)}
    assert found["expanded operations"] == n * (n - 2)
    if n > 2:
        assert found["cse operations"] == n * (n - 1) // 2


def test_a_derivation_beyond_the_budget_is_predicted_and_refused() -> None:
    found = {m.quantity: m.value for m in measure("mlp", 16, budget_seconds=5)}
    assert found["predicted operations"] == pytest.approx(3_948_527, rel=0.001)
    assert found["shared loss operations"] == 1047
    assert str(found["status"]).startswith("refused: deriving would take longer than 5 s")
    assert not {"expanded operations", "shared operations", "cse operations"} & set(found)


def test_a_loss_too_large_to_build_is_predicted_from_shapes() -> None:
    found = {m.quantity: m.value for m in measure("mlp", 128, budget_seconds=5)}
    assert float(found["predicted operations"]) > 1e9
    assert "loss alone" in str(found["status"])


def test_a_chain_too_deep_for_recursion_is_refused() -> None:
    found = {m.quantity: m.value for m in measure("chain", 40)}
    assert "deeper" in str(found["status"])
    assert found["predicted operations"] == pytest.approx((56 * 40**3) / 6, rel=0.2)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_its_rows(family: str) -> None:
    size = FAMILIES[family].smallest
    rows = measure(family, size)
    assert {row.at for row in rows} == {size}
    counts = {f"{name} operations" for name in ("loss", "expanded", "shared", "cse", "predicted")}
    assert counts | {"derive seconds", "status"} <= {row.quantity for row in rows}
    assert rows[-1].value == "derived"


def test_written_out_losses_are_the_networks_they_claim_to_be() -> None:
    loss, params, (x, y) = network(2, 3, 1)
    rng = np.random.default_rng(0)
    params = [(rng.normal(size=w.shape), rng.normal(size=b.shape)) for w, b in params]
    (w1, b1), (w2, b2) = params
    n = 1 / (1 + np.exp(-(x @ w1 + b1)))
    m = 1 / (1 + np.exp(-(n @ w2 + b2)))
    assert loss(params, x, y) == pytest.approx(float(((y - m) ** 2)[0]))


def test_families_and_sizes_that_do_not_exist_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="chain"):
        measure("chian", 1)
    with pytest.raises(UsageError, match="depth"):
        measure("chain", 0)
