"""Fourier transforms against the matrices that they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from difflab.autodiff import grad, hvp, jvp, value_and_grad
from difflab.errors import TracingError
from tests.autodiff.case import Case
from tests.autodiff.linalg_cases import FOURIER_CASES, IMAGE, SIGNAL, complex_of

rng = np.random.default_rng(23)

ONE_AXIS = [
    {},
    {"n": 9},
    {"n": 8},
    {"n": 5},
    {"n": 4},
    {"n": 1},
    {"axis": 0},
    {"axis": -2, "n": 4, "norm": "ortho"},
    {"norm": "forward"},
]
SEVERAL_AXES: list[dict[str, Any]] = [
    {},
    {"axes": (0, 2)},
    {"axes": (2, 0), "s": (5, 3), "norm": "forward"},
    {"axes": (-1, 1), "s": (-1, 2), "norm": "ortho"},
]
REAL_INPUT = [np.fft.rfft, np.fft.ihfft, np.fft.rfftn, np.fft.rfft2]
CALLS = [
    *(
        (f, SIGNAL, options)
        for f in (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.hfft, np.fft.ihfft)
        for options in ONE_AXIS
    ),
    *(
        (f, IMAGE, options)
        for f in (
            *(np.fft.fftn, np.fft.ifftn, np.fft.rfftn, np.fft.irfftn),
            *(np.fft.fft2, np.fft.ifft2, np.fft.rfft2, np.fft.irfft2),
        )
        for options in SEVERAL_AXES
    ),
    (np.fft.fftn, SIGNAL, {"axes": (1, 1)}),
    *(
        (f, IMAGE, options)
        for f in (np.fft.fftshift, np.fft.ifftshift)
        for options in ({}, {"axes": 1}, {"axes": (0, 2)})
    ),
]


def spectrum_loss(out: Any) -> Any:
    """A number that depends on all real and imaginary parts, in a way that is not linear."""
    weights = np.cos(np.arange(out.size)).reshape(out.shape)
    return np.sum(weights * out.real**2) + np.sum(weights[::-1] * out.imag * (1 + out.real))


def matrix(f: Callable[..., Any], unit: complex, shape: tuple[int, ...]) -> np.ndarray:
    """The columns of a linear map: what it makes of ``unit`` in each place."""
    size = int(np.prod(shape))
    columns = [f((unit * row).reshape(shape)).ravel() for row in np.eye(size)]
    return np.stack(columns, axis=-1)


@pytest.mark.parametrize(
    ("f", "x", "options"), CALLS, ids=lambda part: getattr(part, "__name__", None)
)
def test_gradients_are_those_of_the_matrix(f: Any, x: np.ndarray, options: Any) -> None:
    shape = f(x, **options).shape
    units = [1.0] if f in REAL_INPUT else [1.0, 1j]
    parts = [x, x[::-1] ** 2][: len(units)]
    matrices = [matrix(lambda z: f(z, **options), unit, x.shape) for unit in units]

    def by_matrices(p: Any) -> Any:
        real = sum(m.real @ np.ravel(a) for m, a in zip(matrices, p))
        imag = sum(m.imag @ np.ravel(a) for m, a in zip(matrices, p))
        weights = np.cos(np.arange(len(real)))
        other = np.ravel(weights.reshape(shape)[::-1])
        return np.sum(weights * real**2) + np.sum(other * imag * (1 + real))

    def by_transform(p: Any) -> Any:
        z = p[0] if len(p) == 1 else p[0] + 1j * p[1]
        return spectrum_loss(f(z, **options))

    expected_value, expected = value_and_grad(by_matrices)(parts)
    with np.errstate(all="raise"):
        value, gradient = value_and_grad(by_transform)(parts)
    assert value == pytest.approx(expected_value, rel=1e-13)
    for mine, theirs in zip(gradient, expected):
        np.testing.assert_allclose(mine, theirs, rtol=1e-13, atol=1e-13 * np.max(np.abs(theirs)))
    directions = [rng.normal(size=a.shape) for a in parts]
    along = sum(np.sum(g * d) for g, d in zip(gradient, directions))
    assert jvp(by_transform, parts, directions)[1] == pytest.approx(along, rel=1e-12)
    curved = hvp(by_transform, parts, directions)
    for mine, theirs in zip(curved, hvp(by_matrices, parts, directions)):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-12 * np.max(np.abs(theirs)))


@pytest.mark.parametrize("case", FOURIER_CASES, ids=str)
def test_recorded_calls_return_what_numpy_returns(case: Case) -> None:
    value, _ = jvp(lambda arrays: case.call(*arrays), list(case.arrays), list(case.arrays))
    np.testing.assert_allclose(value, case.call(*case.arrays), rtol=1e-14, atol=1e-15)


def test_the_energy_of_a_signal_is_that_of_its_spectrum() -> None:
    x = rng.normal(size=12)
    gradient = grad(lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2))(x)  # Parseval: n sum(x^2)
    np.testing.assert_allclose(gradient, 24 * x, rtol=1e-13)


def test_a_convolution_by_transforms_has_the_gradient_of_the_sums() -> None:
    x, k, w = rng.normal(size=(3, 7))

    def by_transform(p: Any) -> Any:
        return np.sum(w * np.fft.irfft(np.fft.rfft(p[0]) * np.fft.rfft(p[1]), n=7))

    def by_sums(p: Any) -> Any:
        return sum(w[i] * p[0][j] * p[1][(i - j) % 7] for i in range(7) for j in range(7))

    for mine, theirs in zip(grad(by_transform)([x, k]), grad(by_sums)([x, k])):
        np.testing.assert_allclose(mine, theirs, rtol=1e-13, atol=1e-14)


def test_float32_signals_have_complex64_spectra_and_float32_gradients() -> None:
    seen = []

    def loss(x: Any) -> Any:
        z = np.fft.ifft(np.fft.fft(x) * 2j)
        seen.append(z.dtype)
        return np.sum(np.abs(z + np.fft.fft2(x)))

    gradient = grad(loss)(SIGNAL.astype(np.float32))
    assert gradient.dtype == np.float32
    assert seen == [np.complex64]


def test_a_stack_of_no_signals_has_an_empty_gradient() -> None:
    for f in (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft):
        gradient = grad(lambda x, f=f: spectrum_loss(f(complex_of(x).real)))(np.zeros((0, 6)))
        assert gradient.shape == (0, 6)


@pytest.mark.parametrize(
    ("f", "error"),
    [
        (lambda x: np.fft.fft(x, norm="unitary"), ValueError),
        (lambda x: np.fft.fft(x, n=0), ValueError),
        (lambda x: np.fft.fftn(x, s=(2, 2, 2), axes=(0, 1)), ValueError),
        (lambda x: np.fft.rfft(x * 1j), TypeError),
        (lambda x: np.fft.fft(x, out=np.zeros((3, 6), complex)), TracingError),
        (lambda x: np.fft.rfftn(x, out=np.zeros((3, 4), complex)), TracingError),
    ],
)
def test_ill_posed_calls_raise(f: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        grad(lambda x: np.sum(np.abs(f(x))))(SIGNAL)
