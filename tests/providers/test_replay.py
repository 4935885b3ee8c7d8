"""Replays: what `symbolic`, `torch` and `jax` compute is what the function is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import difflab as dl
from difflab import functions as own
from difflab.autodiff import value_and_grad
from difflab.errors import DataError, MissingRuleError, NonScalarLossError, TracingError
from difflab.providers import find
from difflab.providers.replay import confirm
from difflab.trace import name_of
from tests.autodiff.cases import CASES, Case
from tests.autodiff.number_cases import ELEMENTWISE_CASES

LIBRARIES = [name for name in ("torch", "jax") if find(name).unavailable() is None]
REPLAYS = ["symbolic:cse", *LIBRARIES]
CALLS = CASES + [c for c in ELEMENTWISE_CASES if not any(c is known for known in CASES)]
W = np.array([0.3, -1.2])
X = np.arange(1.0, 7.0).reshape(2, 3) / 7
LINEAR_ALGEBRA = {
    "inv", "solve", "det", "slogdet", "adjugate", "adjugate_slope", "pinv", "lstsq", "cholesky",
    "eigh", "svd", "qr", "matrix_rank", "fft", "ifft", "rfft", "irfft",
}  # fmt: skip
SECOND_DERIVATIVES = {"difflab.power", "difflab.reciprocal", "difflab.bessel_i"}
UNTRANSLATED = {
    "torch": LINEAR_ALGEBRA | SECOND_DERIVATIVES | {
        "real", "imag", "conjugate",
        "cbrt", "i0", "frexp", "scatter_add",
        "getitem-step -1", "reshape-Fortran order", "ravel-Fortran order",
        "take-clip None", "take-clip 1", "take-wrap None", "take-wrap 1", "convolve", "bincount",
    },
    "jax": LINEAR_ALGEBRA | SECOND_DERIVATIVES | {"scatter_add", "bincount", "frexp"},
}  # fmt: skip


def both(spec: str, f: Any, *args: Any) -> tuple[Any, Any]:
    return dl.value_and_grad(f, spec)(*args)


def agrees(spec: str, f: Any, *args: Any, rtol: float = 1e-12) -> None:
    value, gradient = both(spec, f, *args)
    _, expected = value_and_grad(f)(*args)
    np.testing.assert_allclose(value, f(*args), rtol=rtol)
    np.testing.assert_allclose(gradient, expected, rtol=rtol, atol=1e-13)


@pytest.mark.parametrize("case", CALLS, ids=str)
@pytest.mark.parametrize("library", LIBRARIES)
def test_every_call_of_the_tape_is_replayed_or_refused_in_words(library: str, case: Case) -> None:
    weights = np.cos(np.arange(np.size(case.call(*case.arrays))))
    weights = weights.reshape(np.shape(case.call(*case.arrays)))
    arrays = [np.asarray(array, float) for array in case.arrays]
    f = lambda p: np.sum(case.call(*p) * weights)
    provider = find(library)
    if UNTRANSLATED[library] & {str(case), case.rule.__name__, name_of(case.rule)}:
        with pytest.raises(MissingRuleError, match=r"PyTorch|JAX"):
            provider.prepare(f, arrays)
        return
    _, gradient = provider.prepare(f, arrays).value_and_gradient(arrays)
    _, expected = value_and_grad(f)(arrays)
    for mine, theirs in zip(gradient, expected):
        # torch and JAX answer 0 for the slope of sinc close to 0
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-8)


TYPES = {
    "float": (lambda w: np.sum(w * 0.1), W),
    "large float": (lambda w: np.sum(w * 1e40), W),
    "large whole float": (lambda w: np.sum(w * 16777217.0), W),
    "exponent": (lambda w: np.sum((w**2) ** 0.3), W),
    "root of integers": (lambda w, k: np.sum(w * np.sqrt(k)), W, np.array([2, 3])),
    "mean of integers": (lambda w, k: np.sum(w) * np.mean(k), W, np.array([2, 3])),
    "list": (lambda w: w @ [0.0, 1.0], W),
    "mask": (lambda w, m: np.sum(w * (1 - m)), W, np.array([True, False])),
    "integer targets": (
        lambda w, y: np.sum(own.binary_cross_entropy(w, y)) + own.softmax_cross_entropy(w, y),
        W,
        np.array([1, 0]),
    ),
    "no axes": (lambda w: np.sum(np.sum(w, axis=()) ** 2 + np.max(w, axis=()) ** 3), W),
    "a joined list": (lambda w: np.sum(np.concatenate([w, [1.0]]) ** 2), W),
    "clip": (lambda w, x: np.sum(np.clip(w, x, 1) ** 2), W, np.array([0.5, -2.0])),
    "flip": (lambda w: np.sum(np.flip(w, 1) * X), X),
    "a constant": (lambda w: 3.0, W),
}


@pytest.mark.parametrize("case", TYPES)
@pytest.mark.parametrize("spec", REPLAYS)
def test_numbers_have_the_types_that_numpy_gives_them(spec: str, case: str) -> None:
    f, *args = TYPES[case]
    agrees(spec, f, *args)


@pytest.mark.parametrize("spec", REPLAYS)
def test_no_parameters_have_no_derivatives(spec: str) -> None:
    assert both(spec, lambda w: 3.0, {}) == (3.0, {})
    assert both(spec, lambda w, x: np.sum(x), [], W) == (np.sum(W), [])


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int64])
def test_index_arrays_of_any_integer_type_are_indices(library: str, kind: Any) -> None:
    agrees(
        library, lambda w, k: np.sum(w[k] * np.array([1.0, 2.0, 4.0])), W, np.array([1, 0, 0], kind)
    )
    agrees(library, lambda w: np.sum(w[np.array([1, 0], kind)] * np.array([1.0, 2.0])), W)
    agrees(library, lambda w: np.sum(w[[0, 1, 1]]), W)


@pytest.mark.parametrize("spec", REPLAYS)
def test_float32_stays_float32_until_it_meets_float64(spec: str) -> None:
    w = W.astype(np.float32)
    value, gradient = both(spec, lambda w: np.sum(w * 0.1), w)
    assert (value.dtype, gradient.dtype) == (np.float32, np.float32)
    agrees(spec, lambda w, x: np.sum(w @ x), w, X, rtol=1e-6)


@pytest.mark.parametrize("spec", REPLAYS)
@pytest.mark.parametrize("layout", ["reversed", "big-endian", "extended", "read-only", "strided"])
def test_arrays_of_any_layout_are_inputs(spec: str, layout: str) -> None:
    read_only = W.copy()
    read_only.setflags(write=False)
    w = {
        "reversed": W[::-1],
        "big-endian": W.astype(">f8"),
        "extended": W.astype(np.longdouble),
        "read-only": read_only,
        "strided": np.repeat(W, 2)[::2],
    }[layout]
    value, gradient = both(spec, lambda w, x: np.sum(w**2 * x), w, w)
    assert value == pytest.approx(float(np.sum(w**3)))
    np.testing.assert_allclose(gradient, 2 * w**2, rtol=1e-12)
    assert gradient.dtype == w.dtype


@pytest.mark.parametrize("spec", REPLAYS)
def test_a_random_function_is_found_out(spec: str) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(TracingError, match=r"the replay gives .* the function gives .*\n.*random"):
        both(spec, lambda w: np.sum(w * rng.normal(size=2)), W)


def test_an_expression_that_ignores_narrow_types_is_found_out() -> None:
    doubled = lambda w, k: np.sum(w * (k + k))
    for k in (np.array([200, 1], np.uint8), np.array([True, False])):
        with pytest.raises(TracingError, match="wraps around"):
            both("symbolic:cse", doubled, W, k)
    agrees("symbolic:cse", doubled, W, np.array([20, 1], np.uint8))


def test_rewriting_that_leaves_the_domain_is_found_out() -> None:
    f = lambda w: np.sum(np.log(np.exp(w)))
    agrees("symbolic:cse", f, W)
    with pytest.raises(TracingError, match=r"gives 1000.* gives inf"):
        both("symbolic:cse", f, np.array([1000.0]))


@pytest.mark.parametrize("spec", REPLAYS)
def test_rounding_is_no_difference(spec: str) -> None:
    for f in (
        lambda w: np.sum(np.sin(w) ** 2 + np.cos(w) ** 2 - 1),
        lambda w: np.sum(w * 1e10 - 3e9) - np.sum(w * 1e10),
    ):
        both(spec, f, W)


def test_confirmation_allows_rounding_in_the_precision_of_the_function() -> None:
    f = lambda w: np.sum(w)
    single = W.astype(np.float32)
    confirm(np.sum(W) * (1 + 1e-5), f, single, ())
    confirm(np.nan, f, np.array([np.nan]), ())
    for value, w in [(np.sum(W) * (1 + 1e-8), W), (np.sum(W) * (1 + 1e-3), single), (np.inf, W)]:
        with pytest.raises(TracingError, match="the function gives"):
            confirm(value, f, w, ())


@pytest.mark.parametrize("spec", REPLAYS)
@pytest.mark.parametrize(
    ("context", "word"),
    [
        (W * 1j, "is complex"),
        (np.ma.array(W, mask=[False, True]), "is a masked array"),
        (None, "is of type NoneType"),
        ("relu", "is of type str"),
        (np.sin, "is of type ufunc"),
    ],
    ids=["complex", "masked", "None", "text", "function"],
)
def test_contexts_that_are_no_real_numbers_are_refused_by_name(
    spec: str, context: Any, word: str
) -> None:
    with pytest.raises(DataError, match=rf"contexts\[1\]\['k'\] {word}[\s\S]*bind it"):
        both(spec, lambda w, x, c: np.sum(w * x), W, W, {"k": context})


@pytest.mark.parametrize("spec", REPLAYS)
@pytest.mark.parametrize(
    "f",
    [
        lambda w, k: np.sum(np.sum(w, axis=k) ** 2),
        lambda w, k: np.sum(w[:k]),
        lambda w, k: np.sum(w) if k == 1 else w[0, 0],
    ],
    ids=["axis", "slice", "branch"],
)
def test_a_setting_among_the_contexts_is_to_be_bound(spec: str, f: Any) -> None:
    with pytest.raises(TracingError, match="bind it: lambda"):
        both(spec, f, X, 1)
    agrees(spec, lambda w: f(w, 1), X)


@pytest.mark.parametrize("spec", REPLAYS)
@pytest.mark.parametrize(
    ("f", "word"),
    [
        (lambda w: w * 2, r"\(2,\)"),
        (lambda w: w[:1], r"\(1,\)"),
        (lambda w: np.sum(w) * 1j, "not a real"),
        (lambda w: 3, "not a real"),
        (lambda w: np.sum(w) > 0, "not a real"),
    ],
    ids=["array", "one entry", "complex", "integer", "truth value"],
)
def test_a_loss_is_one_real_number(spec: str, f: Any, word: str) -> None:
    with pytest.raises(NonScalarLossError, match=word):
        both(spec, f, W)


@pytest.mark.skipif("torch" not in LIBRARIES, reason="torch is an extra")
def test_a_derivative_that_pytorch_lacks_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import torch

    from difflab.providers.torch_calls import translations

    monkeypatch.setitem(translations(), np.floor_divide, torch.floor_divide)
    with pytest.raises(MissingRuleError, match=r"no derivative[\s\S]*aten::floor_divide"):
        both("torch", lambda w: np.sum(w * (w // 0.7)), W)


@pytest.mark.skipif("torch" not in LIBRARIES, reason="torch is an extra")
def test_what_pytorch_does_not_do_is_said_with_its_name() -> None:
    with pytest.raises(MissingRuleError, match=r"PyTorch cannot replay np\.reshape"):
        both("torch", lambda w: np.sum(np.reshape(w, (3, 2), order="F")), X)
    with pytest.raises(MissingRuleError, match=r"np\.flip"):
        both("torch", lambda w: np.sum(w[::-1]), W)
