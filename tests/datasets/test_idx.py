"""IDX files: what is written is read, and nothing that is broken is."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from difflab.datasets import read_idx, read_images, read_labels, read_pair, write_idx
from difflab.datasets.idx import TYPES
from difflab.errors import DataError, UsageError

LABELS = bytes.fromhex("00000801 00000003 050004")
IMAGES = struct.pack(">4B3I", 0, 0, 8, 3, 2, 2, 2) + bytes(range(8))


def written(folder: Path, data: bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def three_parts(caught: pytest.ExceptionInfo[DataError], path: Path) -> DataError:
    """Every error names the file, says why, and what to do."""
    error = caught.value
    assert str(path) in error.what
    assert error.why
    assert error.instead
    assert error.exit_status == 1
    return error


def test_a_file_written_by_hand_is_read(tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_labels(written(tmp_path, LABELS)), [5, 0, 4])
    images = read_images(written(tmp_path, IMAGES))
    np.testing.assert_array_equal(images, np.arange(8).reshape(2, 2, 2))
    assert images.dtype == np.uint8


def test_content_decides_whether_a_file_is_compressed(tmp_path: Path) -> None:
    packed = written(tmp_path, gzip.compress(LABELS), "labels-idx1-ubyte")
    plain = written(tmp_path, LABELS, "labels-idx1-ubyte.gz")
    assert read_idx(packed).tolist() == read_idx(plain).tolist() == [5, 0, 4]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(TYPES.values())).flatmap(
        lambda dtype: arrays.arrays(
            np.dtype(dtype),
            arrays.array_shapes(min_dims=1, max_dims=4, max_side=5),
            elements={"allow_nan": False} if "f" in dtype else None,
        )
    ),
    st.sampled_from(["file", "file.gz"]),
)
def test_every_array_comes_back_in_native_order(
    tmp_path_factory: pytest.TempPathFactory, values: np.ndarray, name: str
) -> None:
    path = tmp_path_factory.mktemp("idx") / name
    write_idx(path, values)
    back = read_idx(path)
    assert back.dtype == values.dtype.newbyteorder("=")
    assert back.dtype.isnative
    np.testing.assert_array_equal(back, values)


def test_numbers_are_big_endian_on_disk(tmp_path: Path) -> None:
    write_idx(tmp_path / "a", np.array([1, 258], np.int16))
    assert (tmp_path / "a").read_bytes() == bytes.fromhex("00000b01 00000002 0001 0102")


def test_the_same_array_makes_the_same_compressed_file(tmp_path: Path) -> None:
    for name in ("a.gz", "b.gz"):
        write_idx(tmp_path / name, np.arange(9, dtype=np.uint8))
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


@pytest.mark.parametrize(
    "values", [np.array([1, 2]), np.array([True]), np.uint8(3), np.zeros((0, 2), np.uint8)]
)
def test_arrays_without_a_place_in_the_format_are_refused(
    tmp_path: Path, values: np.ndarray
) -> None:
    with pytest.raises(UsageError, match="no place in an IDX file"):
        write_idx(tmp_path / "a", values)
    assert not (tmp_path / "a").exists()


BROKEN = {
    "empty": (b"", "no IDX file", "it is empty"),
    "three bytes": (b"\0\0\x08", "no IDX file", "begins with"),
    "a web page": (b"<!DOCTYPE html><html>", "no IDX file", "a web page?"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(50), "no IDX file", "two zero bytes"),
    "little-endian": (b"\x01\x08\0\0" + LABELS[4:], "no IDX file", "two zero bytes"),
    "an unknown type": (b"\0\0\x0a\x01" + LABELS[4:], "unknown type 0a", "one of 08, 09, 0b"),
    "no dimension": (b"\0\0\x08\0" + LABELS[4:], "no dimensions", "1 for labels"),
    "100 dimensions": (b"\0\0\x08\x64" + b"\0\0\0\1" * 100 + b"x", "100 dimensions", "fourth"),
    "half a header": (IMAGES[:10], "ends inside its header", "sizes take 12 bytes, and has 6"),
    "no values": (bytes.fromhex("00000801 00000000"), "without values", r"\(0,\)"),
    "too short": (LABELS[:-1], "shorter than its header says", "3 values of uint8, 3 bytes"),
    "too long": (LABELS + b"\1", "longer than its header says", "there are more"),
    "little-endian sizes": (
        bytes.fromhex("00000801 03000000 050004"),
        "shorter than its header says",
        "50,331,648 values",
    ),
    "images, short": (IMAGES[:-1], "shorter", "2 x 2 x 2 values of uint8, 8 bytes"),
}


@pytest.mark.parametrize("packed", [False, True], ids=["raw", "gz"])
@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_refused_with_what_was_found_and_expected(
    tmp_path: Path, kind: str, packed: bool
) -> None:
    data, what, why = BROKEN[kind]
    path = written(tmp_path, gzip.compress(data) if packed else data)
    with pytest.raises(DataError, match=what) as caught:
        read_idx(path)
    three_parts(caught, path)
    assert caught.match(why)


@pytest.mark.parametrize("packed", [False, True], ids=["raw", "gz"])
def test_a_header_that_claims_gigabytes_allocates_nothing(tmp_path: Path, packed: bool) -> None:
    import tracemalloc

    data = struct.pack(">4B3I", 0, 0, 8, 3, 2**31, 28, 28) + bytes(1000)
    path = written(tmp_path, gzip.compress(data) if packed else data)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="shorter than its header says"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_no_more_is_unpacked_than_the_header_promises(tmp_path: Path) -> None:
    import tracemalloc

    path = written(tmp_path, gzip.compress(LABELS + bytes(30_000_000)))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="longer than its header says"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_file_that_compresses_as_well_as_can_be_is_read(tmp_path: Path) -> None:
    write_idx(tmp_path / "zeros.gz", np.zeros((400, 100, 100), np.uint8))
    assert read_idx(tmp_path / "zeros.gz").shape == (400, 100, 100)


@pytest.mark.parametrize("kept", [-1, -6, 12, 5])
def test_a_truncated_gzip_file_is_refused(tmp_path: Path, kept: int) -> None:
    path = written(tmp_path, gzip.compress(LABELS)[:kept])
    with pytest.raises(DataError, match="truncated gzip file") as caught:
        read_idx(path)
    three_parts(caught, path)


@pytest.mark.parametrize("at", [-8, 14])
def test_a_damaged_gzip_file_is_refused(tmp_path: Path, at: int) -> None:
    data = bytearray(gzip.compress(LABELS))
    data[at] ^= 0xFF
    path = written(tmp_path, bytes(data))
    with pytest.raises(DataError) as caught:
        read_idx(path)
    three_parts(caught, path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(DataError, match="cannot read") as caught:
            read_idx(path)
        three_parts(caught, path)


def test_images_given_as_labels_are_recognised_and_the_other_way_round(tmp_path: Path) -> None:
    labels, images = written(tmp_path, LABELS, "labels"), written(tmp_path, IMAGES, "images")
    with pytest.raises(DataError, match="holds images, not labels") as caught:
        read_labels(images)
    assert "2049" in three_parts(caught, images).why
    with pytest.raises(DataError, match="holds labels, not images") as caught:
        read_images(labels)
    assert "2051" in three_parts(caught, labels).why
    with pytest.raises(DataError, match="not images"):
        read_pair(labels, images)


def test_labels_are_bytes(tmp_path: Path) -> None:
    write_idx(tmp_path / "a", np.array([1.0, 2.0], np.float32))
    with pytest.raises(DataError, match="2 values of float32") as caught:
        read_labels(tmp_path / "a")
    three_parts(caught, tmp_path / "a")


def test_a_label_out_of_range_is_named_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "labels"
    write_idx(path, np.array([0, 9, 10, 255], np.uint8))
    with pytest.raises(DataError, match="the label 10 at position 2") as caught:
        read_labels(path)
    assert "0 to 9; 2 of 4" in three_parts(caught, path).why
    assert read_labels(path, classes=256).tolist() == [0, 9, 10, 255]


def test_images_and_labels_have_to_be_as_many(tmp_path: Path) -> None:
    images, labels = written(tmp_path, IMAGES, "images"), written(tmp_path, LABELS, "labels")
    with pytest.raises(DataError, match=r"2 images, and .* 3 labels") as caught:
        read_pair(images, labels)
    assert str(labels) in three_parts(caught, images).what
