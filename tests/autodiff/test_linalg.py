"""Linear algebra against 60-digit arithmetic, at singular and degenerate matrices, and refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from difflab.autodiff import grad, hvp, jvp, value_and_grad
from difflab.autodiff.rules.determinants import adjugate
from difflab.errors import DifflabError, MissingRuleError, NonFiniteError, TracingError
from difflab.trace import debug_nans
from tests.autodiff.case import Case
from tests.autodiff.linalg_cases import (
    LINALG_CASES,
    POSITIVE,
    SINGULAR,
    SQUARE,
    TALL,
    VECTOR,
    WIDE,
)

rng = np.random.default_rng(17)
STEP = mp.mpf(10) ** -20
B = rng.normal(size=4)


def cosines(shape: tuple[int, ...]) -> np.ndarray:
    return np.cos(1 + np.arange(int(np.prod(shape)))).reshape(shape)


def weighted(x: Any) -> Any:
    """A number made of all entries, by weights that are exact in both arithmetics."""
    return np.sum(x * np.round(cosines(x.shape), 3))


def to_mp(x: np.ndarray) -> mp.matrix:
    return mp.matrix(np.atleast_2d(x).tolist())


def to_array(x: mp.matrix) -> np.ndarray:
    return np.array([[x[i, j] for j in range(x.cols)] for i in range(x.rows)], dtype=object)


def mp_eigh(a: np.ndarray) -> Any:
    lower = np.tril(a)
    return tuple(map(to_array, mp.eigsy(to_mp(lower + np.tril(a, -1).T))))


def mp_svd(a: np.ndarray) -> Any:
    return tuple(map(to_array, mp.svd_r(to_mp(a))))


def mp_inv(a: np.ndarray) -> np.ndarray:
    return to_array(mp.inverse(to_mp(a)))


def mp_pinv(a: np.ndarray) -> np.ndarray:
    return mp_inv(a.T @ a) @ a.T if a.shape[0] >= a.shape[1] else a.T @ mp_inv(a @ a.T)


def mp_cholesky(a: np.ndarray) -> np.ndarray:
    return to_array(mp.cholesky(to_mp(np.tril(a) + np.tril(a, -1).T)))


def mp_singular_values(a: np.ndarray) -> np.ndarray:
    return mp_svd(a)[1].ravel()


def squares_and_projectors(u: Any, vh: Any) -> Any:
    """A number made of singular vectors that does not change with their signs."""
    return weighted(u**2) + weighted(u[:, :1] * vh[:1]) + weighted(u[:, 1:2] * vh[1:2])


# a loss in NumPy, the same loss in mpmath, and where
EXACT: dict[str, tuple[Callable[..., Any], Callable[..., Any], tuple[np.ndarray, ...]]] = {
    "inv": (lambda a: weighted(np.linalg.inv(a)), lambda a: weighted(mp_inv(a)), (SQUARE,)),
    "solve": (
        lambda a, b: weighted(np.linalg.solve(a, b) ** 2),
        lambda a, b: weighted((mp_inv(a) @ b) ** 2),
        (SQUARE, WIDE),
    ),
    "solve vector": (
        lambda a, b: weighted(np.linalg.solve(a, b) ** 2),
        lambda a, b: weighted((mp_inv(a) @ b) ** 2),
        (SQUARE, VECTOR),
    ),
    "det": (np.linalg.det, lambda a: mp.det(to_mp(a)), (SQUARE,)),
    "det of a singular matrix": (np.linalg.det, lambda a: mp.det(to_mp(a)), (SINGULAR,)),
    "slogdet": (
        lambda a: np.linalg.slogdet(a)[1],
        lambda a: mp.log(abs(mp.det(to_mp(a)))),
        (-SQUARE,),
    ),
    "pinv": (lambda a: weighted(np.linalg.pinv(a)), lambda a: weighted(mp_pinv(a)), (TALL,)),
    "pinv, wide": (
        lambda a: weighted(np.linalg.pinv(a)),
        lambda a: weighted(mp_pinv(a)),
        (WIDE,),
    ),
    "lstsq": (
        lambda a, b: weighted(np.linalg.lstsq(a, b)[0]),
        lambda a, b: weighted(mp_pinv(a) @ b),
        (TALL, B),
    ),
    "lstsq, wide": (
        lambda a, b: weighted(np.linalg.lstsq(a, b)[0]),
        lambda a, b: weighted(mp_pinv(a) @ b),
        (WIDE, VECTOR),
    ),
    "lstsq, residual": (
        lambda a, b: np.linalg.lstsq(a, b)[1][0],
        lambda a, b: np.sum((b - a @ (mp_pinv(a) @ b)) ** 2),
        (TALL, B),
    ),
    "lstsq, singular values": (
        lambda a, b: weighted(np.linalg.lstsq(a, b)[3]),
        lambda a, b: weighted(mp_singular_values(a)),
        (TALL, B),
    ),
    "cholesky": (
        lambda a: weighted(np.linalg.cholesky(a)),
        lambda a: weighted(mp_cholesky(a)),
        (POSITIVE,),
    ),
    "eigh": (
        lambda a: weighted(np.linalg.eigh(a)[0]) + weighted(np.linalg.eigh(a)[1] ** 2),
        lambda a: weighted(mp_eigh(a)[0].ravel()) + weighted(mp_eigh(a)[1] ** 2),
        (POSITIVE,),
    ),
    **{
        f"svd {a.shape}": (
            lambda a: squares_and_projectors(*np.linalg.svd(a, full_matrices=False)[::2]),
            lambda a: squares_and_projectors(*mp_svd(a)[::2]),
            (a,),
        )
        for a in (SQUARE, TALL, WIDE)
    },
    "svdvals": (
        lambda a: weighted(np.linalg.svdvals(a)),
        lambda a: weighted(mp_singular_values(a)),
        (TALL,),
    ),
    "qr": (
        lambda a: weighted(np.linalg.qr(a)[0] ** 2) + weighted(np.linalg.qr(a)[1] ** 2),
        lambda a: sum(weighted(to_array(x) ** 2) for x in mp.qr(to_mp(a), mode="skinny")),
        (TALL,),
    ),
    "norm, nuclear": (
        lambda a: np.linalg.norm(a, "nuc"),
        lambda a: np.sum(mp_singular_values(a)),
        (WIDE,),
    ),
    "norm, 3": (
        lambda a: np.linalg.norm(a, 3),
        lambda a: mp.cbrt(np.sum(np.abs(a) ** 3)),
        (VECTOR,),
    ),
    "cond": (
        np.linalg.cond,
        lambda a: mp_singular_values(a)[0] / mp_singular_values(a)[-1],
        (TALL,),
    ),
    "matrix_power": (
        lambda a: weighted(np.linalg.matrix_power(a, -3)),
        lambda a: weighted(mp_inv(a @ a @ a)),
        (SQUARE,),
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_derivatives_are_right_to_thirteen_digits(name: str) -> None:
    f, exact, arrays = EXACT[name]
    directions = [rng.normal(size=a.shape) for a in arrays]
    with mp.workdps(60):
        plus, minus = (
            exact(*(a + sign * d * STEP for a, d in zip(arrays, directions)))
            for sign in (mp.mpf(1), mp.mpf(-1))
        )
        reference = float((plus - minus) / (2 * STEP))
    gradient = grad(lambda p: f(*p))(list(arrays))
    terms = np.concatenate([np.ravel(g * d) for g, d in zip(gradient, directions)])
    size = np.sum(np.abs(terms))
    assert abs(np.sum(terms) - reference) <= 1e-13 * size
    _, forward = jvp(lambda p: f(*p), list(arrays), directions)
    assert abs(forward - reference) <= 1e-13 * size


@pytest.mark.parametrize("case", LINALG_CASES, ids=str)
def test_recorded_calls_return_what_numpy_returns_without_a_warning(case: Case) -> None:
    def f(arrays: Any) -> Any:
        out = case.call(*arrays)
        return np.sum(out * cosines(out.shape))

    expected = f(case.arrays)
    with np.errstate(all="raise"):
        value, gradient = value_and_grad(f)(list(case.arrays))
        hvp(f, list(case.arrays), gradient)
    np.testing.assert_allclose(value, expected, rtol=1e-13)


# determinants of singular matrices


def minors(a: np.ndarray) -> np.ndarray:
    """Cofactors by their definition."""
    n = len(a)
    keep = lambda k: [i for i in range(n) if i != k]
    return np.array(
        [
            [(-1) ** (i + j) * np.linalg.det(a[np.ix_(keep(i), keep(j))]) for j in range(n)]
            for i in range(n)
        ]
    )


@pytest.mark.parametrize("rank", [0, 1, 2, 3, 4])
def test_the_gradient_of_det_holds_the_cofactors_at_every_rank(rank: int) -> None:
    a = rng.normal(size=(4, rank)) @ rng.normal(size=(rank, 4))
    np.testing.assert_allclose(grad(np.linalg.det)(a), minors(a), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(adjugate(a), minors(a).T, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_the_second_derivative_of_det_is_right_at_every_rank(rank: int) -> None:
    a = rng.normal(size=(3, rank)) @ rng.normal(size=(rank, 3))
    t = rng.normal(size=(3, 3))
    # det is cubic in t: a central difference of the cofactors (quadratic) is exact
    expected = (minors(a + t) - minors(a - t)) / 2
    np.testing.assert_allclose(hvp(np.linalg.det, a, t), expected, rtol=1e-12, atol=1e-12)


def test_the_third_derivative_of_det_of_a_regular_matrix() -> None:
    t = rng.normal(size=(3, 3))
    along = lambda f: lambda a: np.sum(grad(f)(a) * t)
    third = along(along(along(np.linalg.det)))(SQUARE)
    assert float(third) == pytest.approx(6 * np.linalg.det(t), rel=1e-11)  # t^3 det(t) + ...


# equal eigenvalues and singular values


def rotation(n: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(3).normal(size=(n, n)))[0]


def symmetric(g: np.ndarray) -> np.ndarray:
    """The gradient among symmetric matrices, of one that sits in a triangle."""
    return (g + g.T) / 2


@pytest.mark.parametrize("eigenvalues", [[2.0, 2.0, 2.0], [1.0, 1.0, 3.0]])
def test_losses_of_equal_eigenvalues_have_their_gradient(eigenvalues: list[float]) -> None:
    q = rotation(3)
    a = q @ np.diag(eigenvalues) @ q.T  # rounding splits them by an ulp or so
    with np.errstate(all="raise"):
        trace = symmetric(grad(lambda x: np.sum(np.linalg.eigvalsh(x)))(a))
        cubes = symmetric(grad(lambda x: np.sum(np.linalg.eigh(x)[0] ** 3))(a))
    np.testing.assert_allclose(trace, np.eye(3), atol=1e-14)
    np.testing.assert_allclose(cubes, 3 * a @ a, atol=1e-13)


def test_a_vector_beside_equal_eigenvalues_has_its_gradient() -> None:
    q, w = rotation(3), rng.normal(size=(3, 3))
    a = q @ np.diag([1.0, 1.0, 3.0]) @ q.T

    def loss(x: Any) -> Any:
        alone = np.linalg.eigh(x)[1][:, 2:]
        return np.sum(w * (alone @ alone.T))

    v, s = q[:, 2:], (w + w.T) / 2
    # v turns by (3 - 1)^-1 (1 - v v') dA v
    rest = np.eye(3) - v @ v.T
    expected = (rest @ s @ v @ v.T + v @ v.T @ s @ rest) / 2
    np.testing.assert_allclose(symmetric(grad(loss)(a)), expected, atol=1e-13)
    moved = jvp(loss, a, np.eye(3) + q @ q.T + a @ a)[1]  # commutes with a: nothing turns
    assert float(moved) == pytest.approx(0.0, abs=1e-13)


def exponential(x: Any) -> Any:
    """exp(A) of a symmetric matrix, which is smooth, by way of vectors, which are not."""
    values, vectors = np.linalg.eigh(x)
    return (vectors * np.exp(values)) @ vectors.T


@pytest.mark.parametrize(
    "a",
    [np.eye(3), np.diag([1.0, 1.0, 3.0]), rotation(3) @ np.diag([1.0, 1.0, 3.0]) @ rotation(3).T],
)
def test_the_vectors_of_equal_eigenvalues_give_nan_in_both_modes(a: np.ndarray) -> None:
    with np.errstate(all="raise"):
        gradient = grad(lambda x: weighted(exponential(x)))(a)
        slope = jvp(exponential, a, cosines((3, 3)))[1]
        values = grad(lambda x: weighted(np.linalg.eigh(x)[0]) + 0 * np.sum(x))(a)
    assert np.all(np.isnan(gradient[np.tril_indices(3)]))
    assert np.any(np.isnan(slope))
    assert np.all(np.isfinite(values))
    made = r"the derivative of np\.linalg\.eigh made NaN"
    with debug_nans(), pytest.raises(NonFiniteError, match=made):
        grad(lambda x: weighted(exponential(x)))(a)


def test_only_the_matrices_with_equal_eigenvalues_give_nan() -> None:
    stack = np.stack([np.eye(3), np.diag([1.0, 2.0, 3.0])])
    loss = lambda x: weighted(np.linalg.eigh(x)[1])
    gradient = grad(lambda x: loss(x[0]) + loss(x[1]))(stack)
    assert np.any(np.isnan(gradient[0]))
    np.testing.assert_array_equal(gradient[1], grad(loss)(stack[1]))


def test_losses_of_equal_and_zero_singular_values_have_their_gradient() -> None:
    u, v = rotation(4)[:, :3], rotation(3)
    a = u @ (2 * v)
    with np.errstate(all="raise"):
        nuclear = grad(lambda x: np.linalg.norm(x, "nuc"))(a)
        fourth = grad(lambda x: np.sum(np.linalg.svdvals(x) ** 4))(a * [1.0, 1.0, 0.0])
    np.testing.assert_allclose(nuclear, u @ v, atol=1e-14)
    b = a * [1.0, 1.0, 0.0]
    np.testing.assert_allclose(fourth, 4 * b @ b.T @ b, atol=1e-12)


def test_the_vectors_of_equal_singular_values_give_nan_in_both_modes() -> None:
    for a in (np.eye(3), rotation(4)[:, :3] @ np.diag([2.0, 2.0, 1.0]) @ rotation(3)):
        with np.errstate(all="raise"):
            assert np.all(np.isnan(grad(lambda x: weighted(_polar(x)))(a)))
            assert np.any(np.isnan(jvp(_polar, a, cosines(a.shape))[1]))


def test_the_vectors_of_a_zero_beside_a_null_space_give_nan() -> None:
    tall = rotation(4)[:, :3] @ np.diag([3.0, 2.0, 0.0]) @ rotation(3)
    with np.errstate(all="raise"):
        for a in (tall, tall.T):
            assert np.all(np.isnan(grad(lambda x: weighted(_polar(x)))(a)))
            assert np.any(np.isnan(jvp(_polar, a, cosines(a.shape))[1]))

    def first(x: Any) -> Any:
        u, s, vh = np.linalg.svd(x, full_matrices=False)
        return weighted(u[:, :1] * s[0] @ vh[:1])

    for a in (tall, tall.T):  # the largest has neither an equal nor a null space beside it
        assert np.all(np.isfinite(grad(first)(a)))


def _polar(x: Any) -> Any:
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    return u @ vh


# what NumPy reads, and what it does not


def test_the_triangle_that_numpy_does_not_read_has_no_derivative() -> None:
    for f in (np.linalg.cholesky, lambda a: np.linalg.eigh(a)[1], np.linalg.eigvalsh):
        assert np.all(np.triu(grad(lambda a, f=f: weighted(f(a)))(POSITIVE), 1) == 0)
        other = jvp(f, POSITIVE, np.triu(np.ones((3, 3)), 1))[1]
        assert np.all(other == 0)
    upper = grad(lambda a: weighted(np.linalg.cholesky(a, upper=True)))(POSITIVE)
    assert np.all(np.tril(upper, -1) == 0)


@pytest.mark.parametrize(
    "f",
    [
        np.linalg.inv,
        np.linalg.det,
        np.linalg.pinv,
        np.linalg.cholesky,
        np.linalg.eigvalsh,
        np.linalg.svdvals,
        lambda a: np.linalg.eigh(a)[1],
        lambda a: np.linalg.svd(a)[0],
        lambda a: np.linalg.svd(a)[2],
        lambda a: np.linalg.qr(a)[0],
        lambda a: np.linalg.slogdet(a)[1],
        lambda a: np.linalg.solve(a, np.ones((3, 2))),
        lambda a: np.linalg.norm(a, "nuc", axis=(-2, -1)),
        np.linalg.cond,
    ],
)
def test_a_stack_of_no_matrices_has_an_empty_gradient(f: Any) -> None:
    empty = np.zeros((0, 3, 3))
    assert grad(lambda a: np.sum(f(a)))(empty).shape == (0, 3, 3)
    assert jvp(f, empty, empty)[1].shape == f(empty).shape


def test_the_rank_is_constant() -> None:
    value, gradient = value_and_grad(lambda a: np.linalg.matrix_rank(a) * np.sum(a))(SINGULAR)
    assert value == 2 * np.sum(SINGULAR)
    np.testing.assert_array_equal(gradient, np.full((3, 3), 2.0))


def test_a_chain_of_products_takes_the_cheapest_order() -> None:
    arrays = [np.ones((10, 100)), np.ones((100, 5)), np.ones((5, 50)), np.ones((50, 1))]
    gradient = grad(lambda a: np.sum(np.linalg.multi_dot(a)))(arrays)
    assert [g.shape for g in gradient] == [a.shape for a in arrays]
    shapes: list[tuple[int, ...]] = []

    class Spy(np.ndarray):
        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **_: Any) -> Any:
            shapes.append(tuple(x.shape for x in inputs))
            return np.matmul(*(np.asarray(x) for x in inputs)).view(Spy)

    from difflab.trace.composites import COMPOSITES

    COMPOSITES[np.linalg.multi_dot]([a.view(Spy) for a in arrays])
    assert shapes == [((5, 50), (50, 1)), ((100, 5), (5, 1)), ((10, 100), (100, 1))]


def test_the_norm_of_a_zero_vector_has_derivative_zero_in_every_order() -> None:
    for order in (None, 0, 0.5, 1, 1.5, 2, 3, np.inf):
        with np.errstate(all="raise"):
            gradient = grad(lambda x, o=order: np.linalg.norm(x, o))(np.zeros(3))
        np.testing.assert_array_equal(gradient, np.zeros(3))


@pytest.mark.parametrize(
    ("f", "x", "words"),
    [
        (lambda a: np.linalg.svd(a)[0], TALL, "full_matrices=False"),
        (lambda a: np.linalg.svd(a, hermitian=True)[1], POSITIVE, r"np\.linalg\.svd\(x\)"),
        (lambda a: np.linalg.pinv(a, hermitian=True), POSITIVE, r"np\.linalg\.pinv\(x\)"),
        (lambda a: np.linalg.qr(a)[1], WIDE, "wide"),
        (lambda a: np.linalg.qr(a, mode="r"), TALL, "mode='r'"),
        (lambda a: np.linalg.qr(a, mode="complete")[1], TALL, "mode='complete'"),
        (lambda a: np.linalg.eigvals(a).real, SQUARE, r"np\.linalg\.eigh"),
        (lambda a: np.linalg.eig(a)[0].real, SQUARE, r"np\.linalg\.eigh"),
        (lambda a: np.linalg.multi_dot([a, a], out=np.ones((3, 3))), SQUARE, "out="),
    ],
)
def test_what_has_no_rule_is_refused_by_name(f: Any, x: np.ndarray, words: str) -> None:
    with pytest.raises((MissingRuleError, TracingError), match=words):
        grad(lambda a: np.sum(f(a)))(x)
    with pytest.raises((MissingRuleError, TracingError), match=words):
        jvp(f, x, x)


def test_singular_values_alone_need_no_option() -> None:
    full = grad(lambda a: weighted(np.linalg.svd(a)[1]))(TALL)
    np.testing.assert_allclose(full, grad(lambda a: weighted(np.linalg.svdvals(a)))(TALL))


@pytest.mark.parametrize(
    ("f", "error"),
    [
        (np.linalg.inv, np.linalg.LinAlgError),
        (lambda a: np.linalg.solve(a, np.ones(3)), np.linalg.LinAlgError),
        (np.linalg.cholesky, np.linalg.LinAlgError),
        (lambda a: np.linalg.norm(a[None], 2), ValueError),
        (lambda a: np.linalg.norm(a, 5), ValueError),
        (lambda a: np.linalg.norm(a[0], "nuc"), ValueError),
        (lambda a: np.linalg.multi_dot([a]), ValueError),
        (lambda a: np.linalg.outer(a, a), ValueError),
        (lambda a: np.linalg.tensorinv(a, ind=0), ValueError),
    ],
)
def test_ill_posed_calls_raise_what_numpy_raises(f: Any, error: type[Exception]) -> None:
    zero = np.zeros((3, 3))
    with pytest.raises(error) as plainly:
        f(zero)
    with pytest.raises(error) as recorded:
        grad(lambda a: np.sum(f(a)))(zero)
    assert not isinstance(recorded.value, DifflabError)
    assert type(recorded.value) is type(plainly.value)


def test_arrays_without_entries_have_norms_and_solutions_as_in_numpy() -> None:
    norm = lambda a: np.sum(np.linalg.vector_norm(a, axis=0))
    assert grad(norm)(np.zeros((3, 0))).shape == (3, 0)
    assert grad(lambda a: np.sum(np.linalg.tensorsolve(a, np.zeros(0))))(np.zeros((0, 0))).size == 0
    for order in (2, "nuc", 1, np.inf):
        value, gradient = value_and_grad(lambda a, o=order: np.linalg.norm(a, o))(np.zeros((0, 3)))
        assert value == 0
        assert gradient.shape == (0, 3)
    with pytest.raises(np.linalg.LinAlgError, match="empty"):
        grad(np.linalg.cond)(np.zeros((0, 0)))
