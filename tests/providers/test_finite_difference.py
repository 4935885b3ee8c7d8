"""Provider finite-difference: its evaluators, and what they take and give."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from difflab import nn, providers
from difflab.errors import PreparationMismatchError, ShapeError
from difflab.numeric.network.node import LABEL
from difflab.providers.finite_difference import FiniteDifference
from tests.numeric.network.problems import LOSSES, distance, flat, problem, truth, wide

NETWORK = ["layered", "node", "batched"]
EVERY = ["loop", *NETWORK]


@pytest.mark.parametrize("loss", LOSSES.values(), ids=str)
@pytest.mark.parametrize("evaluator", EVERY)
def test_every_evaluator_gives_the_gradient(evaluator: str, loss: nn.Loss) -> None:
    for scheme, bar in {"forward": 1e-5, "central": 1e-7, "central-4": 1e-8}.items():
        objective, args = problem((2, 6, 2), "tanh", loss)
        prepared = FiniteDifference(scheme, evaluator=evaluator).prepare(objective, *args)
        value, gradient = prepared.value_and_gradient(*args)
        assert value == objective(*args)
        assert distance(flat(gradient), truth(objective, args)) < bar


@pytest.mark.parametrize("evaluator", EVERY)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_gradients_have_the_nest_shapes_and_types_of_the_parameters(
    dtype: Any, evaluator: str
) -> None:
    objective, (params, x, y) = problem((2, 6, 1), dtype=dtype)
    nested = [list(layer) for layer in params]
    prepared = FiniteDifference("central-4", evaluator=evaluator).prepare(objective, nested, x, y)
    _, gradient = prepared.value_and_gradient(nested, x, y)
    assert [type(layer) for layer in gradient] == [list, list]
    for found, layer in zip(gradient, params):
        assert [leaf.shape for leaf in found] == [leaf.shape for leaf in layer]
        assert {leaf.dtype for leaf in found} == {np.dtype(dtype)}
    bar = 1e-9 if dtype == np.float64 else 1e-4
    assert distance(flat(gradient), truth(objective, (params, x, y))) < bar


def test_float32_is_nearly_as_right_as_reverse_mode_because_the_mean_is_float64() -> None:
    objective, args = problem((2, 32, 32, 1), samples=500, dtype=np.float32)
    expected = truth(objective, wide(args))
    reverse = providers.get("autodiff").prepare(objective, *args).value_and_gradient(*args)[1]
    for evaluator in ("layered", "node"):
        prepared = FiniteDifference("central-4", evaluator=evaluator).prepare(objective, *args)
        found = flat(prepared.value_and_gradient(*args)[1])
        assert distance(found, expected) < 5e-6
        assert distance(found, expected) < 30 * distance(flat(reverse), expected)


def test_the_default_is_layered_for_a_network_and_the_loop_for_the_rest() -> None:
    objective, args = problem()
    assert "moves" in FiniteDifference().prepare(objective, *args).preparation.sizes
    wrapped = FiniteDifference().prepare(lambda *a: objective(*a), *args)
    assert "moves" not in wrapped.preparation.sizes
    looped = FiniteDifference(evaluator="loop").prepare(objective, *args)
    assert looped.preparation.sizes == wrapped.preparation.sizes


@pytest.mark.parametrize("evaluator", NETWORK)
def test_any_batch_fits_a_prepared_network(evaluator: str) -> None:
    objective, (params, x, y) = problem((2, 6, 1), samples=30)
    prepared = FiniteDifference(evaluator=evaluator).prepare(objective, params, x, y)
    for stop in (1, 7, 30):
        args = params, x[:stop], y[:stop]
        found = prepared.value_and_gradient(*args)[1]
        assert distance(flat(found), truth(objective, args)) < 1e-8


@pytest.mark.parametrize("evaluator", EVERY)
def test_other_shapes_and_types_are_refused(evaluator: str) -> None:
    objective, (params, x, y) = problem((2, 6, 1))
    prepared = FiniteDifference(evaluator=evaluator).prepare(objective, params, x, y)
    others = [
        (params, x.astype(np.float32), y),
        (params, x[:, :1], y),
        (params[:1], x, y),
        ([(w.astype(np.float32), b) for w, b in params], x, y),
        (problem((2, 7, 1))[1][0], x, y),
        (params, x[:3], y),
        (params, x),
    ]
    for args in others:
        for call in (prepared.value_and_gradient, prepared.with_error_bars):
            with pytest.raises((PreparationMismatchError, ShapeError)):
                call(*args)


@pytest.mark.parametrize("evaluator", NETWORK)
def test_the_floating_point_state_of_the_caller_neither_matters_nor_changes(
    evaluator: str,
) -> None:
    for scale in (1.0, 1e4):
        objective, (params, x, y) = problem((2, 6, 2), "tanh", nn.softmax_cross_entropy)
        args = [(scale * w, b) for w, b in params], x, y
        plain = FiniteDifference(evaluator=evaluator).prepare(objective, *args)
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            strict = FiniteDifference(evaluator=evaluator).prepare(objective, *args)
            found = strict.value_and_gradient(*args)[1]
            assert np.geterr()["over"] == "raise"
        assert strict.preparation.notes == plain.preparation.notes
        np.testing.assert_array_equal(flat(found), flat(plain.value_and_gradient(*args)[1]))


def test_notes_tell_the_steps_and_label_the_chain_rule() -> None:
    objective, args = problem()
    notes = {
        each: FiniteDifference(evaluator=each).prepare(objective, *args).preparation.notes
        for each in NETWORK
    }
    assert [note.split(":")[0] for note in notes["layered"]] == [
        "layer 1 weights",
        "layer 1 biases",
        "layer 2 weights",
        "layer 2 biases",
    ]
    assert all("sums move by 2^-" in note for note in notes["layered"])
    assert LABEL in notes["node"]
    assert LABEL not in notes["layered"] + notes["batched"]
    given = FiniteDifference(evaluator="node", step=1e-4).prepare(objective, *args)
    assert given.preparation.notes == ("step 0.0001 for every sum of a unit, as asked", LABEL)


def test_bars_name_the_entries_that_cross_a_kink_the_worst_first() -> None:
    objective, args = problem((2, 8, 1), "relu", samples=100)
    for evaluator in NETWORK:
        prepared = FiniteDifference(evaluator=evaluator, step=2.0**-5).prepare(objective, *args)
        found = prepared.with_error_bars(*args)
        counts = flat(found.kinks)
        assert len(found.crossing) == np.count_nonzero(counts) > 5
        layer, leaf, *index = (
            int(part)
            for part in found.crossing[0]
            .removeprefix("params")
            .replace(", ", "][")
            .strip("[]")
            .split("][")
        )
        assert found.kinks[layer][leaf][tuple(index)] == np.max(counts)
        told = f"{len(found.crossing)} of 33 stencils cross a kink: {found.crossing[0]}, "
        assert told in str(found)
        assert str(found).splitlines()[-1] in found.steps
    smooth = FiniteDifference().prepare(*[problem()[0], *problem()[1]])
    assert smooth.with_error_bars(*problem()[1]).crossing == ()
    assert "kink" not in str(smooth.with_error_bars(*problem()[1]))


def test_the_kinks_of_a_hinge_are_named_too() -> None:
    objective, args = problem((2, 8, 1), "tanh", nn.hinge, samples=300, scale=4.0)
    found = FiniteDifference(step=2.0**-6).prepare(objective, *args).with_error_bars(*args)
    wrong = np.abs(flat(found.gradient) - truth(objective, args))
    crossing = flat(found.kinks) > 0
    assert crossing.any()
    assert np.mean(wrong[~crossing] <= flat(found.error)[~crossing]) > 0.95


@pytest.mark.parametrize("evaluator", EVERY)
def test_calling_twice_gives_the_same_bits_and_leaves_inputs_alone(evaluator: str) -> None:
    args = problem((2, 5, 1))[1]
    objective = problem((2, 5, 1))[0]
    before = pickle.dumps(args)
    prepared = FiniteDifference(evaluator=evaluator).prepare(objective, *args)
    first, second = (prepared.value_and_gradient(*args) for _ in range(2))
    bars = prepared.with_error_bars(*args)
    assert pickle.dumps(first) == pickle.dumps(second)
    np.testing.assert_array_equal(flat(bars.gradient), flat(first[1]))
    assert pickle.dumps(args) == before


def test_read_only_and_strided_arrays_are_welcome() -> None:
    objective, (params, x, y) = problem((3, 5, 2))
    strided = [(np.asfortranarray(w), np.repeat(b, 2)[::2]) for w, b in params]
    args = strided, np.repeat(x, 2, axis=0)[::2], y[::-1][::-1]
    for leaf in (*(leaf for layer in strided for leaf in layer), *args[1:]):
        leaf.flags.writeable = False
    expected = truth(objective, (params, x, y))
    for evaluator in EVERY:
        prepared = FiniteDifference(evaluator=evaluator).prepare(objective, *args)
        assert distance(flat(prepared.value_and_gradient(*args)[1]), expected) < 1e-8


@pytest.mark.parametrize(
    "provider",
    [
        FiniteDifference(),
        FiniteDifference("central-4", step=1e-3, evaluator="node", check="autodiff"),
        FiniteDifference("forward", evaluator="loop"),
    ],
)
def test_a_provider_is_a_value(provider: FiniteDifference) -> None:
    assert pickle.loads(pickle.dumps(provider)) == provider
    assert eval(repr(provider)) == provider
    assert provider.unavailable() is None
    with pytest.raises(AttributeError):
        provider.step = 1.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("spec", "losses", "moves"),
    [
        # 20 weights and biases with 1 + 2 layers' units above, 12 with themselves: 72 units
        # evaluated again on either side, where a loss evaluates 7
        ("central", 22, 64),
        ("forward", 12, 32),
        ("central-4", 43, 128),
        # 5 units with 1 + 2, and 2 with themselves
        ("central:node", 6, 14),
        ("central:batched", 65, 64),
    ],
)
def test_the_price_of_following_moves_is_counted_in_units_evaluated_again(
    spec: str, losses: int, moves: int
) -> None:
    objective, args = problem((3, 5, 2))
    sizes = providers.get(f"finite-difference:{spec}").prepare(objective, *args).preparation.sizes
    assert sizes == {"loss evaluations": 1, "equivalent losses": losses, "moves": moves}


def test_stencils_across_a_kink_are_told_at_preparation() -> None:
    objective = nn.Objective(nn.MLP((2, 32, 32, 1), "relu"), nn.squared_error)
    rng = np.random.default_rng(0)
    params = [
        tuple(leaf.astype(np.float32) for leaf in layer)
        for layer in nn.initialise(objective.model, 0)
    ]
    args = params, *(rng.normal(size=(300, k)).astype(np.float32) for k in (2, 1))

    def told(**options: Any) -> list[str]:
        prepared = FiniteDifference("central", **options).prepare(objective, *args)
        notes = [note for note in prepared.preparation.notes if "cross a kink" in note]
        crossing = prepared.with_error_bars(*args).crossing
        assert bool(notes) == bool(crossing)
        assert not notes or notes[0].startswith(f"{len(crossing):,} of 1,185 stencils")
        return notes

    assert told() == []  # moves through relu are exact, and short
    assert told(evaluator="batched")  # stored weights absorb short steps
    assert told(step=2.0**-6)
    assert told(evaluator="node", step=2.0**-6)
