"""Every provider behind the same protocol: right, repeatable, honest about its signature.

The correctness suite at the end must accept the honest providers and reject the three controls.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import difflab as dl
from difflab import providers
from difflab.accuracy import gradient_error
from difflab.autodiff import value_and_grad
from difflab.errors import (
    MissingRuleError,
    ParameterTypeError,
    PreparationMismatchError,
    ProviderUnavailableError,
    TracingError,
    UnknownNameError,
)
from difflab.providers.controls import Control
from difflab.trace import Primitive

CONTROLS = ["control:zeros", "control:flipped-sign", "control:noise"]
TOLERANCE = {"finite-difference:forward": 1e-5, "finite-difference:backward": 1e-5}


def honest() -> list[str]:
    """Specs that can run here and are not wrong on purpose."""
    return [
        name
        for name in providers.names()
        if name not in CONTROLS and providers.find(name).unavailable() is None
    ]


def loss(params: Any, x: Any, y: Any) -> Any:
    """A small net with nested parameters: a dict of a tuple and a list."""
    w, b = params["hidden"]
    return np.mean((np.tanh(x @ w + b) @ params["out"][0] - y) ** 2)


def point(seed: int = 0) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    params = {"hidden": (rng.normal(size=(2, 3)), rng.normal(size=3)), "out": [rng.normal(size=3)]}
    return params, rng.normal(size=(4, 2)), rng.normal(size=4)


def verdict(spec: Any) -> bool:
    """The correctness suite: prepare at one point, evaluate at two others, compare to the tape."""
    provider = providers.get(spec)
    prepared = provider.prepare(loss, *point(0))
    tolerance = TOLERANCE.get(provider.name, 1e-8)
    for seed in (1, 2):
        value, gradient = prepared.value_and_gradient(*point(seed))
        truth_value, truth = value_and_grad(loss)(*point(seed))
        error = gradient_error(gradient, truth)
        if abs(value - truth_value) > 1e-12 * abs(truth_value):
            return False
        if not (error.relative_l2 < tolerance and error.cosine > 1 - 1e-9):
            return False
    return True


@pytest.mark.parametrize("spec", honest())
def test_the_correctness_suite_accepts_honest_providers(spec: str) -> None:
    assert verdict(spec)


@pytest.mark.parametrize("spec", CONTROLS)
def test_the_correctness_suite_rejects_the_controls(spec: str) -> None:
    assert not verdict(spec)


@pytest.mark.parametrize("spec", honest())
def test_gradients_have_the_nest_shapes_and_dtypes_of_the_parameters(spec: str) -> None:
    params, x, y = point()
    for dtype in (np.float64, np.float32):
        cast = dl.tree.map_leaves(lambda leaf, dtype=dtype: leaf.astype(dtype), params)
        args = (cast, x.astype(dtype), y.astype(dtype))
        _, gradient = providers.get(spec).prepare(loss, *args).value_and_gradient(*args)
        leaves, structure = dl.tree.flatten(gradient)
        expected, expected_structure = dl.tree.flatten(cast)
        assert structure == expected_structure
        for leaf, model in zip(leaves, expected):
            assert (leaf.shape, leaf.dtype) == (model.shape, model.dtype)


@pytest.mark.parametrize("spec", honest())
def test_calling_twice_gives_the_same_bits_and_leaves_inputs_alone(spec: str) -> None:
    args = point()
    before = pickle.dumps(args)
    prepared = providers.get(spec).prepare(loss, *args)
    first = prepared.value_and_gradient(*args)
    second = prepared.value_and_gradient(*args)
    assert pickle.dumps(first) == pickle.dumps(second)
    assert pickle.dumps(args) == before


@pytest.mark.parametrize("spec", honest())
def test_python_float_parameters_are_leaves_too(spec: str) -> None:
    f = lambda p: (p[0] - 3.0) ** 2 + p[1] * p[0]
    gradient = dl.grad(f, method=spec)([2.0, 5.0])
    assert [np.shape(g) for g in gradient] == [(), ()]
    np.testing.assert_allclose(gradient, [3.0, 2.0], rtol=1e-5)


@pytest.mark.parametrize("spec", [*honest(), *CONTROLS])
def test_another_signature_is_refused_and_said(spec: str) -> None:
    prepared = providers.get(spec).prepare(loss, *point())
    params, x, y = point()
    with pytest.raises(PreparationMismatchError, match="float32"):
        prepared.value_and_gradient(params, x.astype(np.float32), y)
    with pytest.raises(PreparationMismatchError, match="nested"):
        prepared.value_and_gradient([params], x, y)


@pytest.mark.parametrize("spec", [*honest(), *CONTROLS])
def test_integer_and_complex_parameters_are_refused(spec: str) -> None:
    for leaf in (np.arange(3), np.ones(3, complex)):
        with pytest.raises(ParameterTypeError, match="params"):
            dl.grad(lambda w: np.sum(w), method=spec)(leaf)


@pytest.mark.parametrize("spec", [*honest(), *CONTROLS])
def test_providers_are_values(spec: str) -> None:
    provider = providers.find(spec)
    assert pickle.loads(pickle.dumps(provider)) == provider
    namespace: dict[str, Any] = {}
    exec(f"from {type(provider).__module__} import {type(provider).__name__}", namespace)
    assert eval(repr(provider), namespace) == provider
    with pytest.raises(AttributeError):  # immutable
        provider.name = "another"


@pytest.mark.parametrize("spec", honest())
def test_preparation_is_timed_by_phase(spec: str) -> None:
    preparation = providers.get(spec).prepare(loss, *point()).preparation
    assert preparation.provider == spec
    assert preparation.seconds
    assert preparation.total_seconds > 0
    assert "loss evaluations" in preparation.sizes


def test_an_unknown_provider_comes_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="autodiff"):
        providers.get("autodif")


def test_the_convenience_functions_prepare_once_per_signature() -> None:
    both = dl.value_and_grad(loss)
    params, x, y = point()
    for rows in (4, 4, 2, 4, 2):
        both(params, x[:rows], y[:rows])
    assert both.preparations == 2


def test_compare_gives_every_provider_a_row_and_a_reason() -> None:
    comparison = dl.compare(loss, *point())
    by_name = {row.provider: row for row in comparison.rows}
    assert set(honest()) <= set(by_name)
    for row in comparison.rows:
        assert row.reason or row.error.relative_l2 < TOLERANCE.get(row.provider, 1e-8)
        assert row.reason or row.seconds > 0
    assert "reference" in str(comparison)
    assert len(comparison.to_frame()) == len(comparison.rows)


def test_compare_shows_a_refusal_instead_of_failing() -> None:
    comparison = dl.compare(lambda w: np.sum(np.abs(w)), np.ones(2), methods=["complex-step"])
    (refused,) = [row for row in comparison.rows if row.provider == "complex-step"]
    assert refused.reason
    assert refused.error is None


REPLAYS = ["torch", "jax"]


@pytest.mark.parametrize("library", REPLAYS)
def test_replays_agree_with_the_tape_on_every_translated_shape_function(library: str) -> None:
    pytest.importorskip(library, reason=f"{library} is an extra")

    def f(p: Any, c: Any) -> Any:
        a = np.concatenate([p, p[::2] * 2.0], axis=0).reshape(2, -1)
        b = np.stack([a, np.clip(a, -0.5, 0.5)], axis=1).transpose(1, 0, 2)
        d = (
            np.einsum("ijk,k->ij", b, np.swapaxes(b, 0, 1)[0, 0])
            + dl.logsumexp(b, axis=(1, 2))[:, None]
        )
        e = (
            np.where(d > 0, d, dl.softplus(d))
            + np.linalg.norm(b, axis=2)
            + np.var(b, axis=2, ddof=1)
        )
        return np.sum(np.maximum(e, 0.1) ** 2) + np.max(p) * np.sum(c[np.array([0, 0])]) + p[1, 0]

    rng = np.random.default_rng(0)
    args = (rng.normal(size=(4, 3)), rng.normal(size=3))
    value, gradient = providers.get(library).prepare(f, *args).value_and_gradient(*args)
    expected_value, expected = value_and_grad(f)(*args)
    assert value == pytest.approx(expected_value, rel=1e-13)
    np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("library", REPLAYS)
def test_replays_refuse_what_they_would_get_wrong(library: str) -> None:
    pytest.importorskip(library, reason=f"{library} is an extra")
    provider = providers.get(library)
    with pytest.raises(TracingError, match=r"test_protocol\.py"):
        provider.prepare(lambda x: x if x > 0 else -x, 1.0)
    with pytest.raises(MissingRuleError, match="cube has no counterpart"):
        provider.prepare(Primitive(cube), 1.0)


def cube(x: Any) -> Any:
    return x**3


@pytest.mark.parametrize("library", REPLAYS)
def test_without_the_extras_the_lab_works_and_says_so(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == library else real(name, *a)
    )
    with pytest.raises(ProviderUnavailableError, match="pip install"):
        providers.get(library)
    comparison = dl.compare(lambda w: np.sum(w * w), np.ones(2), methods=[library])
    assert f"difflab[{library}]" in comparison.rows[-1].reason


def test_noise_is_a_tenth_of_a_percent() -> None:
    f = lambda w: np.sum(w * w)
    w = np.ones(1000)
    _, noisy = Control("noise").prepare(f, w).value_and_gradient(w)
    assert 5e-4 < gradient_error(noisy, 2 * w).relative_l2 < 2e-3


PLUGIN = '''
"""A provider from outside: central differences of one fixed step."""
from dataclasses import dataclass
import numpy as np
from difflab.providers import Preparation, Prepared
from difflab.signature import Signature
from difflab.tree import ravel, unravel_like, unflatten

@dataclass(frozen=True)
class Tiny:
    name: str = "tiny"
    def unavailable(self):
        return None
    def prepare(self, f, params, *contexts):
        signature = Signature.of(params, *contexts)
        def evaluate(leaves, contexts):
            flat = ravel(leaves)
            def at(v):
                return f(unflatten(signature.params, unravel_like(v, leaves)), *contexts)
            g = [(at(flat + h) - at(flat - h)) / 2e-5 for h in 1e-5 * np.eye(len(flat))]
            return at(flat), unravel_like(np.array(g), leaves)
        return Prepared(signature, Preparation("tiny"), evaluate)
'''
PYPROJECT = """
[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"
[project]
name = "tiny_provider"
version = "1.0"
description = "A provider from outside."
[project.entry-points."difflab.providers"]
tiny = "tiny_provider:Tiny"
broken = "tiny_provider:does_not_exist"
"""


def test_a_third_party_registers_a_provider_by_installing_a_package(tmp_path: Path) -> None:
    source, site = tmp_path / "source", tmp_path / "site"
    source.mkdir()
    (source / "tiny_provider.py").write_text(PLUGIN)
    (source / "pyproject.toml").write_text(PYPROJECT)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-index",
            "--no-deps",
            "--no-build-isolation",
            "--disable-pip-version-check",
            "--target",
            str(site),
            str(source),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    script = textwrap.dedent(
        """
        import numpy as np, difflab as dl
        from difflab import providers
        assert providers.names()[-2:] == ["broken", "tiny"], providers.names()
        print(dl.grad(lambda p: np.sum(p["w"] ** 2), method="tiny")({"w": np.array([1.0, 2.0])}))
        print(providers.find("broken").unavailable())
        """
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(site)},
    )
    first, second = run.stdout.strip().splitlines()
    assert "2." in first
    assert "4." in first
    assert "does_not_exist" in second
