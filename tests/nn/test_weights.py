"""Weights in files: the same bits come back, or it is said why not."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from difflab.errors import (
    DataError,
    OutputError,
    ParameterTypeError,
    UsageError,
)
from difflab.nn import MLP, initialise
from difflab.nn.weights import (
    FORMAT,
    load_weights,
    member_names,
    save_weights,
)
from difflab.tree import flatten

NET = MLP((3, 5, 4, 2), "tanh")
PARAMS = initialise(NET, seed=0)


def assert_same_bits(a: Any, b: Any) -> None:
    (mine, structure), (others, other) = flatten(a), flatten(b)
    assert structure == other
    for x, y in zip(mine, others):
        assert np.asarray(x).tobytes() == np.asarray(y).tobytes()
        assert np.asarray(x).dtype == np.asarray(y).dtype
        assert np.shape(x) == np.shape(y)


NESTS: list[Any] = [
    PARAMS,
    [(np.ones((2, 1), np.float32), np.zeros(1, np.float32))],
    {"w": np.arange(3.0), "b": np.float64(0.5)},
    {"blocks": [{"w": np.eye(2)}, (np.zeros(0), np.array([np.nan, -0.0, np.inf]))]},
    np.arange(4.0),
    np.float64(2.0),
    [np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.arange(6.0)[::2]],
    {"file": np.ones(1), "structure.json": np.ones(2), "../up": np.ones(3), "ä ß": np.ones(4)},
    {"": np.ones(2)},
    [],
]


@pytest.mark.parametrize("nest", NESTS, ids=lambda nest: str(flatten(nest)[1]))
def test_any_nest_comes_back_bit_for_bit(nest: Any, tmp_path: Path) -> None:
    save_weights(tmp_path / "some.npz", nest)
    assert_same_bits(load_weights(tmp_path / "some.npz"), nest)
    assert_same_bits(load_weights(tmp_path / "some.npz", like=nest), nest)
    assert [path.name for path in tmp_path.iterdir()] == ["some.npz"]


def test_numpy_alone_can_open_a_file(tmp_path: Path) -> None:
    save_weights(tmp_path / "net.npz", PARAMS)
    with np.load(tmp_path / "net.npz", allow_pickle=False) as members:
        assert {"layer1.weight", "layer1.bias", "layer3.weight", "layer3.bias"} < set(members)
        np.testing.assert_array_equal(members["layer2.weight"], PARAMS[1][0])
        assert json.loads(members["structure.json"])["format"] == FORMAT


def test_the_same_weights_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_weights(tmp_path / name, PARAMS)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_loaded_weights_can_be_trained_on(tmp_path: Path) -> None:
    save_weights(tmp_path / "net.npz", PARAMS)
    loaded = load_weights(tmp_path / "net.npz", like=NET)
    assert all(leaf.flags.writeable for leaf in flatten(loaded)[0])
    x = np.ones((2, 3))
    np.testing.assert_array_equal(NET(loaded, x), NET(PARAMS, x))


def test_a_nest_to_be_like_decides_dtypes_and_kinds(tmp_path: Path) -> None:
    Pair = namedtuple("Pair", "w b")
    save_weights(tmp_path / "pair.npz", Pair(np.ones(2), np.zeros(1)))
    assert type(load_weights(tmp_path / "pair.npz")) is tuple
    like = Pair(np.zeros(2, np.float32), np.zeros(1, np.float32))
    loaded = load_weights(tmp_path / "pair.npz", like=like)
    assert type(loaded) is Pair
    assert loaded.w.dtype == np.float32


@pytest.mark.parametrize("as_model", [True, False])
def test_weights_of_another_model_are_refused_layer_by_layer(
    as_model: bool, tmp_path: Path
) -> None:
    other = MLP((3, 5, 2), "tanh")
    save_weights(tmp_path / "net.npz", PARAMS)
    with pytest.raises(DataError, match="weights of another model") as caught:
        load_weights(tmp_path / "net.npz", like=other if as_model else initialise(other, seed=0))
    assert caught.value.why == (
        "layer 2 weights: (5, 4) instead of (5, 2); layer 2 biases: (4,) instead of (2,); "
        "layer 3 weights: (4, 2), which is not wanted; layer 3 biases: (2,), which is not wanted"
    )
    deeper = MLP((3, 5, 4, 2, 1), "tanh")
    with pytest.raises(DataError, match=r"layer 4 weights: missing, \(2, 1\) is wanted"):
        load_weights(tmp_path / "net.npz", like=deeper)


def test_other_nests_are_told_apart_by_name(tmp_path: Path) -> None:
    save_weights(tmp_path / "w.npz", {"w": np.ones(2), "c": 1.0})
    with pytest.raises(DataError, match=r"params\['b'\]: missing(.|\n)*params\['c'\].*not wanted"):
        load_weights(tmp_path / "w.npz", like={"w": np.ones(2), "b": 1.0})


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.99])
def test_a_file_that_was_cut_off_is_refused(share: float, tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    save_weights(path, PARAMS)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(DataError, match="does not hold weights that can be read"):
        load_weights(path)


def test_damage_within_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    save_weights(path, PARAMS)
    data = bytearray(path.read_bytes())
    start = data.index(PARAMS[0][0].tobytes())
    data[start + 3] ^= 1  # one bit of one weight
    path.write_bytes(bytes(data))
    with pytest.raises(DataError, match="CRC"):
        load_weights(path)


class Trap:
    """Would leave a trace if it were ever unpickled."""

    sprung = False

    def __reduce__(self) -> Any:
        return setattr, (Trap, "sprung", True)


def with_member(path: Path, form: Any, **members: np.ndarray) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("structure.json", form if isinstance(form, str) else json.dumps(form))
        for name, array in members.items():
            stream = io.BytesIO()
            np.lib.format.write_array(stream, array, allow_pickle=True)
            archive.writestr(f"{name}.npy", stream.getvalue())


def test_pickles_are_refused_and_not_run(tmp_path: Path) -> None:
    trap = np.array([Trap()], dtype=object)
    with_member(tmp_path / "trap.npz", {"format": FORMAT, "nesting": "w"}, w=trap)
    with pytest.raises(DataError, match="Object arrays cannot be loaded"):
        load_weights(tmp_path / "trap.npz")
    (tmp_path / "trap.pkl").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(DataError, match="not a zip file"):
        load_weights(tmp_path / "trap.pkl")
    assert not Trap.sprung


@pytest.mark.parametrize(
    ("form", "match"),
    [
        ("no JSON", "JSONDecodeError"),
        ({"format": "other"}, "does not say"),
        ([], "does not say"),
        ({"format": FORMAT}, "KeyError"),
        ({"format": FORMAT, "nesting": "absent"}, "no item named 'absent.npy'"),
        ({"format": FORMAT, "nesting": {"set": ["w"]}}, "KeyError: 'set'"),
        ({"format": FORMAT, "nesting": {"list": ["w"], "tuple": []}}, "too many values"),
        ({"format": FORMAT, "nesting": 3}, "AttributeError"),
        ({"format": FORMAT, "nesting": "n"}, "n holds int64, and weights are floats"),
        ({"format": FORMAT, "nesting": "t"}, "t holds <U1"),
    ],
    ids=str,
)
def test_files_of_another_make_are_refused(form: Any, match: str, tmp_path: Path) -> None:
    path = tmp_path / "made.npz"
    with_member(path, form, w=np.ones(2), n=np.arange(2, dtype=np.int64), t=np.array(["a"]))
    with pytest.raises(DataError, match=match):
        load_weights(path)


def test_a_plain_npz_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "plain.npz", w=np.ones(2))
    with pytest.raises(DataError, match=r"no item named 'structure\.json'"):
        load_weights(tmp_path / "plain.npz")
    with pytest.raises(DataError, match=r"cannot read .*none\.npz\n.*No such file"):
        load_weights(tmp_path / "none.npz")
    with pytest.raises(DataError, match="cannot read"):
        load_weights(tmp_path)


def test_what_cannot_be_saved_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    save_weights(path, PARAMS)
    before = path.read_bytes()
    with pytest.raises(ParameterTypeError):
        save_weights(path, [(np.ones((2, 2), int), np.zeros(2))])
    with pytest.raises(ParameterTypeError):
        save_weights(path, {"w": "text"})
    with pytest.raises(UsageError, match="the key 1 cannot be saved"):
        save_weights(path, {1: np.ones(2)})
    with pytest.raises(UsageError, match=r"two arrays would be named 'a\.b'"):
        save_weights(path, {"a": {"b": np.ones(1)}, "a.b": np.ones(1)})
    assert path.read_bytes() == before
    with pytest.raises(OutputError):
        save_weights(path / "below", PARAMS)


def test_names_of_leaves_are_paths() -> None:
    assert member_names({"a": (1.0, {"b": 2.0})}) == ["a.0", "a.1.b"]
    assert member_names(1.0) == ["params"]
