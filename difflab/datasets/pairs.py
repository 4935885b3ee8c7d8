"""Images and their labels, in a pair of IDX files: none mistaken for the other, none left over."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from difflab.datasets.idx import read_idx
from difflab.errors import DataError

DIMENSIONS = {1: "labels", 3: "images"}
"""What IDX files of bytes hold, by their number of dimensions."""


def read_images(path: str | os.PathLike[str]) -> np.ndarray:
    """Read a file of images: bytes in three dimensions, magic number 2051.

    Returns
    -------
    ndarray of uint8, shape (n, rows, columns)

    Raises
    ------
    DataError
        As `read_idx` does, and when the file holds something else, such as labels.

    Examples
    --------
    >>> import tempfile
    >>> from difflab.datasets import write_idx
    >>> path = Path(tempfile.mkdtemp()) / "images"
    >>> write_idx(path, np.zeros((2, 28, 28), np.uint8))
    >>> read_images(path).shape
    (2, 28, 28)
    """
    return _read_bytes(Path(path), 3)


def read_labels(path: str | os.PathLike[str], classes: int = 10) -> np.ndarray:
    """Read a file of labels: bytes in one dimension, magic number 2049.

    Parameters
    ----------
    path : path
    classes : int
        Labels are 0 to ``classes - 1``.

    Returns
    -------
    ndarray of uint8, shape (n,)

    Raises
    ------
    DataError
        As `read_idx` does, when the file holds something else, such as images, and for a label out
        of range.

    Examples
    --------
    >>> import tempfile
    >>> from difflab.datasets import write_idx
    >>> path = Path(tempfile.mkdtemp()) / "labels"
    >>> write_idx(path, np.array([5, 0, 4], np.uint8))
    >>> read_labels(path)
    array([5, 0, 4], dtype=uint8)
    """
    labels = _read_bytes(Path(path), 1)
    wrong = np.flatnonzero(labels >= classes)
    if wrong.size:
        raise DataError(
            f"{path} has the label {labels[wrong[0]]} at position {wrong[0]}",
            f"labels are 0 to {classes - 1}; {wrong.size:,} of {labels.size:,} are not",
            "the published file, or labels counted from 0",
        )
    return labels


def read_pair(
    images: str | os.PathLike[str], labels: str | os.PathLike[str], classes: int = 10
) -> tuple[np.ndarray, np.ndarray]:
    """Read images and their labels, and see that there are as many.

    Raises
    ------
    DataError
        As `read_images` and `read_labels` do, and when the counts differ.

    Examples
    --------
    >>> import tempfile
    >>> from difflab.datasets import write_idx
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_idx(folder / "images", np.zeros((2, 28, 28), np.uint8))
    >>> write_idx(folder / "labels", np.array([3, 7], np.uint8))
    >>> read_pair(folder / "images", folder / "labels")[1]
    array([3, 7], dtype=uint8)
    """
    pixels, numbers = read_images(images), read_labels(labels, classes)
    if len(pixels) != len(numbers):
        raise DataError(
            f"{images} has {len(pixels):,} images, and {labels} has {len(numbers):,} labels",
            "every image has one label; files of two parts or of two data sets were mixed",
            "images and labels of the same part: train with train, t10k with t10k",
        )
    return pixels, numbers


def _read_bytes(path: Path, dimensions: int) -> np.ndarray:
    """Read a file that has to hold unsigned bytes in so many dimensions, and something at all."""
    values = read_idx(path)
    wanted = DIMENSIONS[dimensions]
    if values.ndim != dimensions:
        held = DIMENSIONS.get(values.ndim, "something else")
        raise DataError(
            f"{path} holds {held}, not {wanted}",
            f"it has {values.ndim} dimension{'s' * (values.ndim > 1)} of sizes {values.shape}; "
            f"{wanted} have {dimensions} (magic number {0x0800 + dimensions})",
            "the other file of the pair: images are idx3-ubyte, labels idx1-ubyte",
        )
    if values.dtype != np.uint8:
        raise DataError(
            f"{path} holds {values.size:,} values of {values.dtype}",
            f"{wanted} are unsigned bytes (type code 08)",
            "write_idx(path, values.astype(np.uint8))",
        )
    return values
