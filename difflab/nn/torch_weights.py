"""Weights as PyTorch's state dicts: to a Sequential of Linear layers, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from difflab.errors import DataError, ProviderUnavailableError, UsageError
from difflab.nn.mlp import MLP, is_list_of_pairs
from difflab.tree import Nest, flatten

if TYPE_CHECKING:
    import torch


def to_torch_state_dict(params: Nest) -> dict[str, torch.Tensor]:
    """Return parameters as the state dict of ``Sequential(Linear, activation, Linear, ...)``.

    Keys are ``0.weight``, ``0.bias``, ``2.weight``, ...: every other module is an activation.
    PyTorch stores a weight as (out, in), so each is the transpose of ours.

    Parameters
    ----------
    params : list of (W, b)

    Returns
    -------
    dict of str to torch.Tensor
        Copies, in the dtypes of the parameters.

    Raises
    ------
    UsageError
        For another nest.
    ProviderUnavailableError
        Without PyTorch.
    """
    if not is_list_of_pairs(params) or not params:
        raise UsageError(
            "only the parameters of an MLP make a state dict",
            f"their nesting is {flatten(params)[1]}, and there is one pair (W, b) per layer",
            "save_weights(path, params), which takes any nest",
        )
    try:
        import torch
    except ImportError as error:
        raise ProviderUnavailableError(
            "a state dict cannot be made here",
            "PyTorch is not installed",
            "pip install 'difflab[torch]', or save_weights(path, params)",
        ) from error
    state = {}
    for number, (weights, biases) in enumerate(params):
        # copies: torch would share memory with arrays that training goes on with
        state[f"{2 * number}.weight"] = torch.tensor(np.ascontiguousarray(np.transpose(weights)))
        state[f"{2 * number}.bias"] = torch.tensor(np.array(biases))
    return state


def from_torch_state_dict(state: Mapping[str, Any], model: MLP) -> list[tuple[Any, Any]]:
    """Return the parameters of a network from PyTorch's state dict of the same network.

    Parameters
    ----------
    state : mapping from str to tensor or array
        Two entries per linear layer, ``NAME.weight`` of shape (out, in) and ``NAME.bias``; layers
        in the order of the numbers in their names, where names are numbers, else as they come.
    model : MLP

    Returns
    -------
    list of (W, b)
        Copies, in the dtypes of the state.

    Raises
    ------
    DataError
        When keys are missing or left over, or shapes differ, with every difference.

    Examples
    --------
    >>> state = {"0.weight": np.array([[1.0, 2.0]]), "0.bias": np.array([3.0])}
    >>> from_torch_state_dict(state, MLP((2, 1)))
    [(array([[1.],
           [2.]]), array([3.]))]
    """
    names = _layer_names(state, len(model.layers))
    differing, params, used = [], [], set()
    for number, (prefix, fans) in enumerate(zip(names, model.layers), start=1):
        pair = []
        for part, shape in (("weight", fans[::-1]), ("bias", fans[1:])):
            key = f"{prefix}{part}"
            used.add(key)
            if key not in state:
                differing.append(f"{key} is missing: layer {number}, {shape}")
                continue
            array = _plain(key, state[key])
            if array.shape != shape:
                differing.append(f"{key} is {array.shape} instead of {shape}: layer {number}")
            pair.append(np.array(array.T, order="C"))
        params.append(tuple(pair))
    differing += [f"{key} has no layer" for key in state if key not in used]
    if differing:
        raise DataError(
            f"the state dict is not that of the network {model}",
            "; ".join(differing),
            "the state_dict() of a Sequential of Linear layers with these widths",
        )
    return params  # type: ignore[return-value]


def _layer_names(state: Mapping[str, Any], layers: int) -> list[str]:
    """What stands in front of weight and bias, layer by layer; missing ones as in a Sequential."""
    ends = (match for key in state if (match := re.fullmatch(r"(.*?)(?:weight|bias)", str(key))))
    names = list(dict.fromkeys(match[1] for match in ends))
    missing = [name for k in range(layers) if (name := f"{2 * k}.") not in names]
    names += missing[: max(0, layers - len(names))]
    numbered = [re.fullmatch(r"(.*?)(\d+)\.", name) for name in names]
    if len({match and match[1] for match in numbered}) == 1 and all(numbered):
        names.sort(key=lambda name: int(re.findall(r"\d+", name)[-1]))
    return names


def _plain(key: str, value: Any) -> np.ndarray:
    """A tensor or an array as a float array."""
    try:
        array = value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)
    except (TypeError, RuntimeError) as error:
        raise DataError(
            f"{key} cannot be read", f"{type(error).__name__}: {error}", f"{key} as float32"
        ) from error
    if array.dtype.kind != "f":
        raise DataError(
            f"{key} holds {array.dtype}", "weights are floats", f"{key} as float32 or float64"
        )
    return array
