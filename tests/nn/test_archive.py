"""Archives: nests survive bit for bit, and what is not whole is refused."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab.errors import DataError
from difflab.nn.archive import pack, read_archive, unpack

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.floats(allow_nan=False), st.text()
)
NESTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=4), inner, max_size=3),
    ),
    max_leaves=8,
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(NESTS)
def test_plain_nests_come_back_as_they_were(nest: Any) -> None:
    again = unpack(pack(nest))
    assert again == nest
    assert repr(again) == repr(nest)  # also lists against tuples, and 1 against True and 1.0


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "bool"])
def test_arrays_and_numpy_scalars_keep_bits_dtype_and_kind(dtype: str) -> None:
    array = np.random.default_rng(0).normal(size=(2, 3)).astype(dtype)
    again, scalar, empty = unpack(pack((array, array[0, 0], array[:0])))
    assert again.tobytes() == array.tobytes()
    assert again.dtype == array.dtype
    assert type(scalar) is type(array[0, 0])
    assert empty.shape == (0, 3)


def test_what_an_archive_cannot_hold_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="set"):
        pack({"names": {"a"}})
    with pytest.raises(TypeError, match=r"the key \(1, 2\)"):
        pack({(1, 2): 3.0})


def test_numbers_stay_keys() -> None:
    assert unpack(pack({0: 1.0, "0": 2.0})) == {0: 1.0, "0": 2.0}


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused(share: float, tmp_path: Path) -> None:
    whole = pack({"weights": np.arange(1000.0)})
    (tmp_path / "cut.npz").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(DataError, match="not a whole archive"):
        read_archive(tmp_path / "cut.npz")


def test_pickles_text_and_other_archives_are_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.savez(stream, frame=np.array([{"code": "runs"}], dtype=object))
    other = io.BytesIO()
    np.savez(other, weights=np.eye(2))
    for content in (stream.getvalue(), other.getvalue(), b"not an archive at all"):
        (tmp_path / "file.npz").write_bytes(content)
        with pytest.raises(DataError, match="not a whole archive"):
            read_archive(tmp_path / "file.npz")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read .*absent\.npz"):
        read_archive(tmp_path / "absent.npz")
    with pytest.raises(DataError, match="cannot read"):
        read_archive(tmp_path)
