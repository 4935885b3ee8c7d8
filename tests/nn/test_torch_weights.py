"""Weights in PyTorch's state dicts: the same outputs on both sides, or every difference named."""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from difflab.errors import DataError, ProviderUnavailableError, UsageError
from difflab.nn import MLP, from_torch_state_dict, initialise, to_torch_state_dict
from tests.nn.test_weights import assert_same_bits

NET = MLP((3, 5, 4, 2), "tanh")
PARAMS = initialise(NET, seed=0)


def sequential(torch: Any, widths: tuple[int, ...], dtype: Any) -> Any:
    modules: list[Any] = []
    for fan_in, fan_out in pairwise(widths):
        modules += [torch.nn.Linear(fan_in, fan_out, dtype=dtype), torch.nn.Tanh()]
    return torch.nn.Sequential(*modules[:-1])


def test_weights_of_a_sequential_give_its_outputs() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    theirs = sequential(torch, NET.widths, torch.float64)
    x = np.random.default_rng(0).normal(size=(7, 3))
    wanted = theirs(torch.tensor(x)).detach().numpy()
    params = from_torch_state_dict(theirs.state_dict(), NET)
    np.testing.assert_allclose(NET(params, x), wanted, rtol=1e-12, atol=1e-12)
    arrays = {key: value.numpy() for key, value in theirs.state_dict().items()}
    assert_same_bits(from_torch_state_dict(arrays, NET), params)
    # copies: neither side changes the other
    with torch.no_grad():
        theirs[0].weight.zero_()
    np.testing.assert_allclose(NET(params, x), wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_sequential_takes_our_weights(dtype: str) -> None:
    torch = pytest.importorskip("torch")
    params = [(w.astype(dtype), b.astype(dtype)) for w, b in PARAMS]
    theirs = sequential(torch, NET.widths, getattr(torch, dtype))
    theirs.load_state_dict(to_torch_state_dict(params))  # strict: keys and shapes are checked
    x = np.random.default_rng(0).normal(size=(7, 3)).astype(dtype)
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    with torch.no_grad():
        np.testing.assert_allclose(
            theirs(torch.tensor(x)).numpy(), NET(params, x), rtol=tolerance, atol=tolerance
        )
        theirs[0].weight.zero_()
    assert np.any(params[0][0])
    assert_same_bits(from_torch_state_dict(to_torch_state_dict(params), NET), params)


def arrays(*names: str) -> dict[str, np.ndarray]:
    """A state dict of NET under other names of layers."""
    state = {}
    for name, (w, b) in zip(names, PARAMS):
        state |= {f"{name}.weight": w.T, f"{name}.bias": b}
    return state


@pytest.mark.parametrize(
    "names", [("0", "2", "4"), ("0", "3", "10"), ("net.0", "net.2", "net.11"), ("fc", "mid", "a")]
)
def test_layers_come_in_the_order_of_their_numbers_or_as_they_are(names: tuple[str, ...]) -> None:
    state = arrays(*names)
    assert_same_bits(from_torch_state_dict(state, NET), [tuple(pair) for pair in PARAMS])
    if names[0] != "fc":  # names with numbers may come in any order
        backwards = dict(reversed(state.items()))
        assert_same_bits(from_torch_state_dict(backwards, NET), [tuple(p) for p in PARAMS])


def test_a_state_dict_that_does_not_fit_is_refused_with_every_difference() -> None:
    state = arrays("0", "2", "4")
    del state["2.bias"]
    state["4.weight"] = state["4.weight"].T
    state["1.running_mean"] = np.zeros(5)
    with pytest.raises(DataError, match="not that of the network 3-5-4-2 tanh") as caught:
        from_torch_state_dict(state, NET)
    assert caught.value.why == (
        "2.bias is missing: layer 2, (4,); 4.weight is (4, 2) instead of (2, 4): layer 3; "
        "1.running_mean has no layer"
    )


def test_too_few_and_too_many_layers_are_named() -> None:
    state = arrays("0", "2", "4")
    with pytest.raises(DataError, match=r"4\.weight has no layer; 4\.bias has no layer"):
        from_torch_state_dict(state, MLP((3, 5, 4)))
    del state["0.weight"], state["0.bias"]
    with pytest.raises(DataError) as caught:
        from_torch_state_dict(state, NET)
    assert (
        caught.value.why == "0.weight is missing: layer 1, (5, 3); 0.bias is missing: layer 1, (5,)"
    )


def test_entries_that_are_no_floats_are_refused() -> None:
    state = arrays("0", "2", "4")
    with pytest.raises(DataError, match=r"0\.bias holds int64"):
        from_torch_state_dict({**state, "0.bias": np.arange(5)}, NET)
    torch = pytest.importorskip("torch")
    with pytest.raises(DataError, match=r"0\.bias cannot be read(.|\n)*as float32"):
        from_torch_state_dict({**state, "0.bias": torch.zeros(5, dtype=torch.bfloat16)}, NET)


def test_only_networks_become_state_dicts() -> None:
    for nest in ({"w": np.ones(2)}, [np.ones(2)], []):
        with pytest.raises(UsageError, match="only the parameters of an MLP"):
            to_torch_state_dict(nest)


def test_without_torch_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ProviderUnavailableError, match=r"pip install 'difflab\[torch\]'"):
        to_torch_state_dict(PARAMS)
    state = arrays("0", "2", "4")  # import needs no torch
    assert_same_bits(from_torch_state_dict(state, NET), [tuple(pair) for pair in PARAMS])
