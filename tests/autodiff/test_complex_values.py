"""Complex values between real parameters and a real loss, and what is refused on them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from difflab.autodiff import grad, hvp, jvp, value_and_grad, vjp
from difflab.autodiff.rules.complex_values import AS_THEY_STAND, OWN
from difflab.autodiff.rules.determinants import adjugate, adjugate_slope
from difflab.autodiff.rules.poles import power, reciprocal
from difflab.errors import NonScalarLossError, TracingError
from difflab.trace import recording, traced_input
from difflab.transposes import column_sums, scatter_add

rng = np.random.default_rng(29)
U = rng.normal(size=(3, 3))
C = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
V = C[0]

ANALYTIC: dict[np.ufunc, Callable[..., Any]] = {
    np.exp: mp.exp,
    np.exp2: lambda z: 2**z,
    np.expm1: lambda z: mp.exp(z) - 1,
    np.log: mp.log,
    np.log2: lambda z: mp.log(z) / mp.log(2),
    np.log10: mp.log10,
    np.log1p: lambda z: mp.log(1 + z),
    np.sqrt: mp.sqrt,
    np.square: lambda z: z * z,
    np.reciprocal: lambda z: 1 / z,
    np.negative: lambda z: -z,
    np.positive: lambda z: z,
    np.sin: mp.sin,
    np.cos: mp.cos,
    np.tan: mp.tan,
    np.arcsin: mp.asin,
    np.arccos: mp.acos,
    np.arctan: mp.atan,
    np.sinh: mp.sinh,
    np.cosh: mp.cosh,
    np.tanh: mp.tanh,
    np.arcsinh: mp.asinh,
    np.arccosh: mp.acosh,
    np.arctanh: mp.atanh,
    np.sinc: mp.sincpi,
}
QUADRANTS = [0.6 + 0.3j, -0.7 + 0.4j, -0.5 - 0.8j, 1.3 - 0.2j]


@pytest.mark.parametrize("z", QUADRANTS)
@pytest.mark.parametrize("function", ANALYTIC, ids=lambda f: f.__name__)
def test_analytic_functions_have_their_complex_derivative(function: Any, z: complex) -> None:
    with mp.workdps(40):
        slope = complex(mp.diff(ANALYTIC[function], mp.mpc(z)))
    real = grad(lambda p: function(p[0] + 1j * p[1]).real)([z.real, z.imag])
    imag = grad(lambda p: function(p[0] + 1j * p[1]).imag)([z.real, z.imag])
    size = abs(slope)
    # f' = dRe f/dx + i dIm f/dx, and the derivatives in y are those in x, turned by i
    assert abs(complex(real[0], imag[0]) - slope) <= 2e-15 * max(size, 1) + 1e-13 * size
    assert abs(complex(real[1], imag[1]) - 1j * slope) <= 2e-15 * max(size, 1) + 1e-13 * size


# every other function on complex arrays: z is what the parameters make
OTHERS: dict[Any, Callable[..., Any]] = {
    np.add: lambda z: z + C * z,
    np.subtract: lambda z: C - z * z,
    np.multiply: lambda z: z * C,
    np.true_divide: lambda z: C / z + z / (3 + C),
    np.power: lambda z: z**3 + z ** (0.5 - 1j) + np.abs(z) ** z,
    np.float_power: lambda z: np.float_power(z, 2.5),
    np.where: lambda z: np.where(U > 0, z, C * z.real),
    np.sum: lambda z: np.sum(z * z, axis=0),
    column_sums: lambda z: column_sums(z * z),
    np.mean: lambda z: np.mean(z * z, axis=1, keepdims=True),
    np.prod: lambda z: np.prod(z, axis=0),
    np.cumsum: lambda z: np.cumsum(z, axis=0) ** 2,
    np.cumprod: lambda z: np.cumprod(z, axis=0),
    np.rint: lambda z: np.rint(z) * z,
    reciprocal: reciprocal,
    power: lambda z: power(z, 1.5) + power(U**2 + 1, z),
    np.reshape: lambda z: np.reshape(z, (9,)) ** 2,
    np.ravel: lambda z: np.ravel(z) ** 2,
    np.transpose: lambda z: z.T * z,
    np.swapaxes: lambda z: np.swapaxes(z, 0, 1) * z,
    np.moveaxis: lambda z: np.moveaxis(z, 0, 1) * z,
    np.squeeze: lambda z: np.squeeze(z[:1]) ** 2,
    np.expand_dims: lambda z: np.expand_dims(z, 0) ** 2,
    np.broadcast_to: lambda z: np.broadcast_to(z[0], (3, 3)) * z,
    np.flip: lambda z: np.flip(z) * z,
    np.roll: lambda z: np.roll(z, 1) * z,
    np.copy: lambda z: np.copy(z) * z,
    np.astype: lambda z: z.real.astype(complex) * z,
    np.concatenate: lambda z: np.concatenate([z, z.imag, C], axis=1) ** 2,
    np.stack: lambda z: np.stack([z, z.real]) ** 2,
    np.take: lambda z: np.take(z, [0, 0, 2], axis=1) * z,
    operator.getitem: lambda z: z[[0, 0, 2]] * z[:, ::-1],
    scatter_add: lambda z: scatter_add(z[0], index=np.array([0, 1, 1]), shape=(2,)) ** 2,
    np.matmul: lambda z: z @ C @ z,
    np.dot: lambda z: np.dot(z, np.dot(C, z)),
    np.inner: lambda z: np.inner(z, z),
    np.outer: lambda z: np.outer(z[0], z[1] * C[0]),
    np.tensordot: lambda z: np.tensordot(z, z, axes=([0], [1])),
    np.einsum: lambda z: np.einsum("ij,kj,k->i", z, z, V),
    np.convolve: lambda z: np.convolve(z[0], z[1] * C[0]),
    np.correlate: lambda z: np.correlate(z[0], z[1] * C[0], "full"),
    np.kron: lambda z: np.kron(z, z[0]),
    np.cross: lambda z: np.cross(z, V),
    np.diff: lambda z: np.diff(z) ** 2,
    np.trace: lambda z: np.trace(z) ** 2,
    np.tril: lambda z: np.tril(z) ** 2,
    np.cov: np.cov,
    np.nanvar: lambda z: np.nanvar(z, axis=0),
    np.nanstd: lambda z: np.nanstd(z),
    np.gradient: lambda z: np.gradient(z)[1] ** 2,
    np.vdot: lambda z: np.vdot(z, z * C),
    np.vecdot: lambda z: np.vecdot(z, z * C),
    np.linalg.inv: np.linalg.inv,
    np.linalg.solve: lambda z: np.linalg.solve(z, V * z[0]),
    np.linalg.det: np.linalg.det,
    adjugate: adjugate,
    adjugate_slope: lambda z: adjugate_slope(z, z * C),
    np.linalg.matrix_power: lambda z: np.linalg.matrix_power(z, -2),
    np.fft.fft: lambda z: np.fft.fft(z) ** 2,
    np.fft.ifft: lambda z: np.fft.ifft(z) ** 2,
    np.fft.rfft: lambda z: np.fft.rfft(z.real) ** 2,
    np.fft.irfft: lambda z: np.fft.irfft(z) ** 2,
    # without a complex derivative
    np.conjugate: lambda z: z.conj() * z.conjugate() * np.conj(z * C),
    np.real: lambda z: np.real(z) * z.real * np.real(U),
    np.imag: lambda z: np.imag(z) * z.imag + np.imag(U),
    np.angle: lambda z: np.angle(z) * np.angle(z, deg=True),
    np.absolute: lambda z: np.abs(z) * abs(z * C),
    np.sign: lambda z: np.sign(z),
    np.linalg.norm: lambda z: np.linalg.norm(z) * np.linalg.norm(z, axis=1),
    np.linalg.vector_norm: lambda z: np.linalg.vector_norm(z, ord=3),
    np.linalg.matrix_norm: lambda z: np.linalg.matrix_norm(z, ord=1),
}


def loss_of(function: Any) -> Callable[..., Any]:
    def loss(p: Any) -> Any:
        x, y = p
        out = OTHERS[function](x + 1j * y)
        weights = np.cos(1 + np.arange(out.size)).reshape(out.shape)
        return np.sum(out.real * weights) + np.sum(
            out.imag * weights[::-1] if out.ndim else out.imag
        )

    return loss


def directional(f: Any, arrays: Any, directions: Any) -> float:
    """By a sixth-order central stencil with a small step."""
    total, h = 0.0, 2.0**-9
    for k, weight in ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60)):
        plus = f([a + k * h * d for a, d in zip(arrays, directions)])
        minus = f([a - k * h * d for a, d in zip(arrays, directions)])
        total += weight * float(plus - minus) / h
    return total


X = [U + 3 * np.eye(3), rng.normal(size=(3, 3))]


@pytest.mark.parametrize("function", OTHERS, ids=lambda f: getattr(f, "__name__", str(f)))
def test_gradients_through_complex_arrays_agree_with_differences(function: Any) -> None:
    f = loss_of(function)
    d = [0.1 * rng.normal(size=(3, 3)) for _ in X]
    with np.errstate(all="raise"):
        value, gradient = value_and_grad(f)(X)
        curved = hvp(f, X, d)
    assert value == pytest.approx(float(f(X)), rel=1e-13)
    size = sum(np.sum(np.abs(g * k)) for g, k in zip(gradient, d)) + 1e-3
    along = sum(float(np.sum(g * k)) for g, k in zip(gradient, d))
    assert abs(along - directional(f, X, d)) <= 1e-9 * size
    assert float(jvp(f, X, d)[1]) == pytest.approx(along, rel=1e-11, abs=1e-12 * size)
    slope = lambda p: sum(np.sum(g * k) for g, k in zip(grad(f)(p), d))
    twice = sum(float(np.sum(h * k)) for h, k in zip(curved, d))
    assert abs(twice - directional(slope, X, d)) <= 1e-8 * (size + abs(twice))


def test_every_function_that_takes_complex_values_is_tested_here() -> None:
    tested = set(OTHERS) | set(ANALYTIC)
    assert (AS_THEY_STAND | set(OWN)) - tested == set()


def test_a_wrong_sign_of_the_imaginary_part_is_caught() -> None:
    """Planted mutant: with conjugated cotangents the first test rejects exp."""
    z = 0.6 + 0.3j
    right = np.exp(z)
    ours = grad(lambda p: np.exp(p[0] + 1j * p[1]).real)([z.real, z.imag])
    assert complex(ours[0], -ours[1]) == pytest.approx(right, rel=1e-14)
    assert complex(ours[0], -ours[1]) != pytest.approx(right.conjugate(), rel=1e-2)


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (lambda z: np.maximum(z, 0), r"np\.maximum"),
        (lambda z: np.max(z), r"np\.max"),
        (lambda z: np.clip(z, 0, 1), r"np\.clip"),
        (lambda z: np.sort(z), r"np\.sort"),
        (lambda z: np.var(z), r"np\.var"),
        (lambda z: np.std(z), r"np\.std"),
        (lambda z: np.linalg.svd(z)[1], r"np\.linalg\.svd"),
        (lambda z: np.linalg.eigh(z)[0], r"np\.linalg\.eigh"),
        (lambda z: np.linalg.qr(z)[1], r"np\.linalg\.qr"),
        (lambda z: np.linalg.slogdet(z)[1], r"np\.linalg\.slogdet"),
        (lambda z: np.linalg.pinv(z), r"np\.linalg\.pinv"),
    ],
)
def test_functions_that_make_no_sense_on_complex_values_are_refused_by_name(
    f: Any, name: str
) -> None:
    loss = lambda x: np.sum(np.abs(f(x + 1j * x.T)))
    with pytest.raises(TracingError, match=f"{name} was called on complex values"):
        grad(loss)(X[0])
    with pytest.raises(TracingError, match=f"{name} was called on complex values"):
        jvp(loss, X[0], X[0])


def test_a_complex_constant_beside_a_real_operand_is_refused_too() -> None:
    with pytest.raises(TracingError, match=r"np\.maximum"):
        grad(lambda x: np.sum(np.real(np.maximum(x, C))))(U + 9)


def test_a_complex_result_is_refused() -> None:
    with pytest.raises(NonScalarLossError, match=r"np\.real\(z\)"):
        grad(lambda x: np.sum(1j * x))(U)
    with pytest.raises(NonScalarLossError, match=r"np\.real\(z\)"):
        grad(lambda x: 1j)(U)
    for transform in (lambda f: vjp(f, U), lambda f: jvp(f, U, U)):
        with pytest.raises(TracingError, match="complex"):
            transform(lambda x: 1j * x)


def test_parts_of_a_real_array_are_itself_and_zero_and_cost_no_entry() -> None:
    with recording() as tape:
        x = traced_input(tape, U)
        before = len(tape)
        assert x.real is x
        assert np.conj(x) is x
        assert x.conj() is x
        np.testing.assert_array_equal(x.imag, np.zeros((3, 3)))
        assert np.isreal(x).all()
        assert len(tape) == before


def test_scalars_and_kinks() -> None:
    assert float(grad(lambda x: np.abs(3 + 1j * x))(4.0)) == pytest.approx(0.8)
    with np.errstate(all="raise"):
        assert float(grad(lambda x: np.abs(1j * x))(0.0)) == 0
        assert float(grad(lambda x: np.sign(1j * x).imag)(0.0)) == 0
        zeros = grad(lambda x: np.linalg.norm(1j * x))(np.zeros(3))
    np.testing.assert_array_equal(zeros, np.zeros(3))


def test_a_negative_base_has_a_complex_power() -> None:
    gradient = grad(lambda p: np.real((p[0] + 0j) ** (p[1] * 1j)))([-2.0, 0.5])
    z, w = -2 + 0j, 0.5j
    np.testing.assert_allclose(gradient[0], (w * z ** (w - 1)).real, rtol=1e-14)
    np.testing.assert_allclose(gradient[1], (1j * z**w * np.log(z)).real, rtol=1e-14)


def test_float32_stays_float32() -> None:
    x = U.astype(np.float32)
    gradient = grad(lambda x: np.sum(np.abs(np.exp(1j * x) + x) ** 2 + np.angle(x + 1j)))(x)
    assert gradient.dtype == np.float32


def test_shared_complex_values_add_up() -> None:
    def loss(x: Any) -> Any:
        z = np.exp(1j * x)
        return np.sum((z * z.conj()).real + z.real + (z * z).imag + np.abs(z))

    # 1 + cos x + sin 2x + 1
    np.testing.assert_allclose(grad(loss)(U), 2 * np.cos(2 * U) - np.sin(U), atol=1e-14)
