"""Jacobians and Hessians: blocks, shapes, both sweeps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import difflab as dl
from difflab.autodiff import grad, hessian, hvp, jacobian
from difflab.autodiff import jacobians as module
from difflab.errors import UsageError

MATRIX = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_the_jacobian_of_a_linear_map_is_its_matrix(mode: Any) -> None:
    np.testing.assert_array_equal(jacobian(lambda x: MATRIX @ x, mode)(np.ones(3)), MATRIX)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("out", [(), (2,), (2, 1), (0,)], ids=str)
@pytest.mark.parametrize("into", [(), (3,), (1, 3), (0,)], ids=str)
def test_blocks_have_the_shape_of_the_value_and_then_of_the_parameter(
    mode: Any, out: Any, into: Any
) -> None:
    found = jacobian(lambda x: np.sum(np.sin(x)) * np.ones(out), mode)(np.ones(into))
    assert found.shape == out + into
    np.testing.assert_allclose(found, np.broadcast_to(np.cos(np.ones(into)), out + into))


def test_a_nest_of_results_gives_a_nest_of_nests_of_blocks() -> None:
    params = {"w": np.array([[1.0, 2.0]]), "b": 3.0}
    f = lambda p: [p["w"] * p["b"], np.sum(p["w"]) + p["b"]]
    for mode in ("forward", "reverse"):
        first, second = jacobian(f, mode)(params)
        np.testing.assert_array_equal(first["w"][0, :, 0], 3.0 * np.eye(2))
        np.testing.assert_array_equal(first["b"], params["w"])
        np.testing.assert_array_equal(second["w"], [[1.0, 1.0]])
        assert second["b"] == 1.0


def test_auto_takes_the_sweep_that_runs_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    for name in ("_by_rows", "_by_columns"):
        sweep = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda r, sweep=sweep, name=name: taken.append(name) or sweep(r)
        )
    jacobian(lambda x: MATRIX @ x)(np.ones(3))
    jacobian(lambda x: MATRIX.T @ x)(np.ones(2))
    assert taken == ["_by_rows", "_by_columns"]


def test_the_function_runs_once_whatever_the_number_of_sweeps() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(1)
        return np.sin(x)

    jacobian(f, "reverse")(np.ones(5))
    jacobian(f, "forward")(np.ones(5))
    assert len(calls) == 2


def test_a_constant_function_has_a_jacobian_of_zeros() -> None:
    np.testing.assert_array_equal(jacobian(lambda x: np.ones(2))(np.ones(3)), np.zeros((2, 3)))


def test_single_precision_stays() -> None:
    x = np.ones(3, np.float32)
    assert jacobian(np.sin)(x).dtype == np.float32
    assert hessian(lambda v: np.sum(np.sin(v)))(x).dtype == np.float32


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(UsageError, match="mode='backward'"):
        jacobian(np.sin, "backward")  # type: ignore[arg-type]


def rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def test_the_hessian_of_rosenbrock_is_that_of_the_books() -> None:
    x, y = -1.2, 1.0
    by_hand = [[1200 * x * x - 400 * y + 2, -400 * x], [-400 * x, 200.0]]
    np.testing.assert_allclose(hessian(rosenbrock)(np.array([x, y])), by_hand, rtol=1e-14)


def test_a_hessian_is_symmetric_linear_and_agrees_with_its_products() -> None:
    rng = np.random.default_rng(0)
    x, v = rng.normal(size=(2, 6))
    other = lambda p: np.sum(np.tanh(p) ** 2 * p[::-1])
    h = hessian(rosenbrock)(x)
    np.testing.assert_allclose(h, h.T, rtol=1e-12)
    np.testing.assert_allclose(h @ v, hvp(rosenbrock, x, v), rtol=1e-12)
    together = hessian(lambda p: 2.0 * rosenbrock(p) - 3.0 * other(p))(x)
    np.testing.assert_allclose(together, 2.0 * h - 3.0 * hessian(other)(x), rtol=1e-11, atol=1e-9)
    np.testing.assert_allclose(h, jacobian(grad(rosenbrock), "reverse")(x), rtol=1e-12)


def test_a_hessian_of_a_nest_has_a_block_for_every_pair_of_leaves() -> None:
    params = [(np.array([[0.8, 0.1]]), np.array([-0.2, 0.4])), (np.array([[-1.1], [0.5]]), 0.3)]

    def loss(p: Any) -> Any:
        (w1, b1), (w2, b2) = p
        return np.mean((dl.sigmoid(dl.sigmoid(0.5 * w1[0] + b1) @ w2 + b2) - 1.0) ** 2)

    blocks = hessian(loss)(params)
    leaves, structure = dl.tree.flatten(params)
    rows = [dl.tree.flatten(nest)[0] for nest in _members(blocks, structure)]
    for leaf, row in zip(leaves, rows):
        for other, block in zip(leaves, row):
            assert np.shape(block) == np.shape(leaf) + np.shape(other)
    full = np.block(
        [
            [np.reshape(b, (np.size(p), np.size(q))) for q, b in zip(leaves, row)]
            for p, row in zip(leaves, rows)
        ]
    )
    np.testing.assert_allclose(full, full.T, atol=1e-15)


def _members(nest: Any, structure: Any) -> list[Any]:
    """What a nest of nests holds in the places of the outer structure's leaves."""
    if structure.kind is None:
        return [nest]
    keys = structure.keys if structure.kind is dict else range(len(structure.children))
    return [m for k, child in zip(keys, structure.children) for m in _members(nest[k], child)]
