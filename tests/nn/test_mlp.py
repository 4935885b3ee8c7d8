"""The network: the same numbers as a torch one, and shapes that do not fit named."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from difflab.errors import ShapeError, UnknownNameError, UsageError
from difflab.nn import ACTIVATIONS, MLP, initialise, layer_members, leaf_labels
from difflab.nn.mlp import is_positive_integer
from difflab.tree import flatten, size

TORCH_NAMES = {
    "identity": "Identity",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "relu": "ReLU",
    "leaky-relu": "LeakyReLU",
    "softplus": "Softplus",
    "gelu": "GELU",
}


def torch_twin(model: MLP, params: Any) -> Any:
    """The same network as a `torch.nn.Sequential`; torch keeps W transposed."""
    torch = pytest.importorskip("torch")

    class Sine(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return torch.sin(x)

    parts: list[Any] = []
    for number, (weights, biases) in enumerate(params, start=1):
        layer = torch.nn.Linear(*weights.shape, dtype=torch.float64)
        layer.weight.data, layer.bias.data = torch.tensor(weights.T), torch.tensor(biases)
        name = model.activation if number < len(params) else model.output
        parts += [layer, Sine() if name == "sin" else getattr(torch.nn, TORCH_NAMES[name])()]
    return torch.nn.Sequential(*parts)


@pytest.mark.parametrize("output", ["identity", "sigmoid"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("widths", [(3, 2), (3, 5, 1), (3, 8, 4, 2)], ids=str)
def test_forward_agrees_with_torch(widths: tuple[int, ...], activation: str, output: str) -> None:
    torch = pytest.importorskip("torch")
    model = MLP(widths, activation, output)
    params = initialise(model, seed=3)
    x = np.random.default_rng(0).normal(size=(7, 3))
    wanted = torch_twin(model, params)(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(model(params, x), wanted, rtol=1e-13, atol=1e-15)


def test_every_activation_has_a_torch_twin_here() -> None:
    assert set(ACTIVATIONS) == {*TORCH_NAMES, "sin"}


def test_a_sample_is_a_row_of_its_batch() -> None:
    model = MLP((2, 4, 3))
    params = initialise(model, seed=0)
    x = np.random.default_rng(1).normal(size=(5, 2))
    rows = np.stack([model(params, row) for row in x])
    np.testing.assert_allclose(model(params, x), rows, atol=1e-15)


def test_layer_outputs_end_with_the_output_and_chain() -> None:
    model = MLP((2, 4, 4, 1), "tanh", "sigmoid")
    params = initialise(model, seed=0)
    x = np.ones((3, 2))
    outputs = model.layer_outputs(params, x)
    assert [z.shape for z, _ in outputs] == [(3, 4), (3, 4), (3, 1)]
    np.testing.assert_array_equal(outputs[1][1], np.tanh(outputs[1][0]))
    np.testing.assert_array_equal(outputs[1][0], outputs[0][1] @ params[1][0] + params[1][1])
    np.testing.assert_array_equal(outputs[-1][1], model(params, x))


@pytest.mark.parametrize(
    ("widths", "count"), [((1, 1, 1), 4), ((2, 4, 1), 17), ((2, 64, 64, 1), 4417), ((64, 10), 650)]
)
def test_parameter_count(widths: tuple[int, ...], count: int) -> None:
    model = MLP(widths)
    assert model.parameter_count == size(initialise(model, seed=0)) == count


def test_a_model_is_a_value() -> None:
    model = MLP([2, np.int64(3), 1], "relu")  # type: ignore[arg-type]
    assert model == MLP((2, 3, 1), "relu")
    assert hash(model) == hash(MLP((2, 3, 1), "relu"))
    assert pickle.loads(pickle.dumps(model)) == model
    assert eval(repr(model)) == model
    assert str(MLP((2, 3, 1), "relu", "sigmoid")) == "2-3-1 relu, sigmoid output"


@pytest.mark.parametrize("widths", [(), (2,), (2, 0), (2, -1), (2, 1.0), (2, True), "21", 5, None])
def test_widths_that_are_no_network_are_refused(widths: Any) -> None:
    with pytest.raises(UsageError, match="do not describe a network"):
        MLP(widths)


def test_an_unknown_activation_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="try: 'sigmoid'"):
        MLP((2, 1), "sigmoyd")
    with pytest.raises(UnknownNameError, match="try: 'tanh'"):
        MLP((2, 1), output="than")


GOOD = initialise(MLP((2, 3, 1)), seed=0)


@pytest.mark.parametrize(
    ("params", "x", "message"),
    [
        (GOOD, np.zeros((4, 3)), "takes 2 features"),
        (GOOD, np.zeros(3), "takes 2 features"),
        (GOOD, np.zeros((4, 2, 2)), "takes 2 features"),
        (GOOD, 1.0, "takes 2 features"),
        (GOOD[:1], np.zeros((4, 2)), "one pair per layer"),
        ([w for w, _ in GOOD], np.zeros((4, 2)), "one pair per layer"),
        ({"w": GOOD}, np.zeros((4, 2)), "one pair per layer"),
        (None, np.zeros((4, 2)), "one pair per layer"),
        ([GOOD[0], (np.zeros((1, 3)), np.zeros(1))], np.zeros((4, 2)), "layer 2 has weights"),
        ([(GOOD[0][0], np.zeros(1)), GOOD[1]], np.zeros((4, 2)), "layer 1 has weights"),
    ],
)
def test_shapes_that_do_not_fit_are_named(params: Any, x: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        MLP((2, 3, 1))(params, x)


def test_leaves_are_called_by_layer_and_part() -> None:
    assert leaf_labels(GOOD)[2:] == ["layer 2 weights", "layer 2 biases"]
    assert len(leaf_labels(GOOD)) == len(flatten(GOOD)[0])
    assert leaf_labels([np.zeros(2)]) == ["params[0]"]
    assert layer_members({"w": 1.0}) == [{"w": 1.0}]


def test_counting_numbers() -> None:
    assert is_positive_integer(1)
    assert is_positive_integer(np.int32(7))
    assert not any(is_positive_integer(value) for value in (0, -1, 1.0, True, "1", None))
