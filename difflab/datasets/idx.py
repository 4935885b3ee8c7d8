"""IDX files, the format of MNIST: read with every claim of their header checked, and written.

A file is two zero bytes, a type code, the number of dimensions, one big-endian 32-bit size per
dimension, and the values in row-major order, big-endian too. LeCun, Cortes and Burges, The MNIST
database of handwritten digits, "The IDX file format". Whether a file is compressed is decided by
its first bytes, never by its name.
"""

from __future__ import annotations

import gzip
import math
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from difflab.errors import DataError, UsageError
from difflab.files import write_bytes_atomically

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""Type codes, and how NumPy calls them."""

GZIP = b"\x1f\x8b"
DENSEST = 1040
"""No gzip file unpacks to more bytes per byte: deflate codes at most 258 in two bits."""
CHUNK = 1 << 20
MOST_DIMENSIONS = 64
"""What NumPy can hold."""


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """Read an IDX file, compressed or not.

    Nothing is allocated before the header has been held against the size of the file, and no more
    is unpacked than the header promises.

    Parameters
    ----------
    path : path

    Returns
    -------
    ndarray
        Of the file's shape and type, in the machine's byte order.

    Raises
    ------
    DataError
        When the file is missing, is no IDX file, is shorter or longer than its header says, or does
        not unpack; with the file, what was found, and what was expected.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.gz"
    >>> write_idx(path, np.array([5, 0, 4], np.uint8))
    >>> read_idx(path)
    array([5, 0, 4], dtype=uint8)
    """
    path = Path(path)
    with _opened(path) as (stream, most):
        dtype, shape = _header(path, stream, most)
        values = np.empty(math.prod(shape) * dtype.itemsize, np.uint8)
        filled = _fill(stream, values)
        if filled < values.size:
            raise _wrong_length(path, shape, dtype, f"only {filled:,}")
        if stream.read(1):
            raise _wrong_length(path, shape, dtype, "more")
    return values.view(dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def write_idx(path: str | os.PathLike[str], values: np.ndarray) -> None:
    """Write an array as an IDX file, compressed when the name ends in ``.gz``.

    Parameters
    ----------
    path : path
        Written in one step, so that nobody meets half a file.
    values : ndarray
        Of uint8, int8, int16, int32, float32 or float64; one value or more, one dimension or more.

    Raises
    ------
    UsageError
        For another type, a number without dimension, or no values.
    OutputError
        When the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels"
    >>> write_idx(path, np.array([5, 0], np.uint8))
    >>> path.read_bytes().hex(" ", 2)
    '0000 0801 0000 0002 0500'
    """
    values = np.asarray(values)
    codes = {np.dtype(name).newbyteorder("="): code for code, name in TYPES.items()}
    code = codes.get(values.dtype.newbyteorder("="))
    if code is None or values.ndim == 0 or values.size == 0:
        raise UsageError(
            f"an array of {values.dtype} and shape {values.shape} has no place in an IDX file",
            f"the format knows {', '.join(map(str, codes))}, in one dimension or more, not empty",
            "write_idx(path, values.astype(np.uint8))",
        )
    sizes = np.array(values.shape, ">u4").tobytes()
    data = bytes([0, 0, code, values.ndim]) + sizes + values.astype(TYPES[code]).tobytes()
    path = Path(path)
    write_bytes_atomically(path, gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """The content of a file, unpacked, and the most bytes that it can have."""
    try:
        with open(path, "rb") as raw:
            size = os.fstat(raw.fileno()).st_size
            packed = raw.read(len(GZIP)) == GZIP
            raw.seek(0)
            if not packed:
                yield raw, size
                return
            with gzip.GzipFile(fileobj=raw) as stream:
                yield stream, size * DENSEST  # type: ignore[misc]
    except EOFError as error:
        raise DataError(
            f"{path} is a truncated gzip file of {size:,} bytes",
            "it ends before its content does; a download was interrupted, for instance",
            "remove it, then `difflab data fetch mnist`, or copy it again",
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"{path} begins as a gzip file, but does not unpack",
            f"it is damaged: {error}",
            "remove it, then `difflab data fetch mnist`, or copy it again",
        ) from error
    except OSError as error:
        raise DataError(
            f"cannot read {path}",
            error.strerror or str(error),
            "the path of an IDX file that you may read",
        ) from error


def _header(path: Path, stream: BinaryIO, most: int) -> tuple[np.dtype, tuple[int, ...]]:
    """Type and shape that a file claims, believed only as far as its size allows."""
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        found = f"it begins with {magic!r}" if magic else "it is empty"
        page = " (a web page?)" if magic.lstrip()[:1] == b"<" else ""
        raise DataError(
            f"{path} is no IDX file",
            f"{found}{page}; an IDX file begins with two zero bytes, a type code and the number of "
            "dimensions, as 00 00 08 03 for images",
            "one of the files that `difflab data fetch mnist` gets",
        )
    code, dimensions = magic[2], magic[3]
    if code not in TYPES:
        known = ", ".join(f"{each:02x}" for each in TYPES)
        raise DataError(
            f"{path} has values of the unknown type {code:02x}",
            f"the third byte of an IDX file is one of {known}; 08 stands for bytes",
            "the published file; this one is damaged, or of another format",
        )
    if not 1 <= dimensions <= MOST_DIMENSIONS:
        raise DataError(
            f"{path} has {dimensions or 'no'} dimensions",
            "the fourth byte of an IDX file is their number, 1 for labels and 3 for images",
            "the published file; this one is damaged, or of another format",
        )
    sizes = stream.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise DataError(
            f"{path} ends inside its header",
            f"it claims {dimensions} dimensions, whose sizes take {4 * dimensions} bytes, "
            f"and has {len(sizes)}",
            "the whole file; this one is truncated",
        )
    shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
    dtype = np.dtype(TYPES[code])
    if 0 in shape:
        raise DataError(
            f"{path} is an IDX file without values",
            f"its header claims the sizes {shape}",
            "a file with one value or more",
        )
    if math.prod(shape) * dtype.itemsize > most:
        raise _wrong_length(path, shape, dtype, f"at most {max(0, most - 4 - len(sizes)):,}")
    return dtype, shape


def _fill(stream: BinaryIO, values: np.ndarray) -> int:
    """Read into an array of bytes; returns how many there were."""
    filled = 0
    while filled < values.size:
        got = stream.readinto(values[filled : filled + CHUNK].data)  # type: ignore[attr-defined]
        if not got:
            break
        filled += got
    return filled


def _wrong_length(path: Path, shape: tuple[int, ...], dtype: np.dtype, found: str) -> DataError:
    claimed = " x ".join(f"{size:,}" for size in shape)
    needed = math.prod(shape) * dtype.itemsize
    longer = found == "more"
    return DataError(
        f"{path} is {'longer' if longer else 'shorter'} than its header says",
        f"the header claims {claimed} values of {dtype.newbyteorder('=')}, {needed:,} bytes; "
        f"there are {found}",
        "the published file; this one is "
        + ("not what it claims to be" if longer else "truncated or not what it claims to be"),
    )
