"""MNIST and Fashion-MNIST as training data, and as the pictures they are.

LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document recognition;
Xiao, Rasul and Vollgraf (2017), Fashion-MNIST.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence

import numpy as np

from difflab.datasets.dataset import Dataset
from difflab.datasets.locate import Located, differences, require
from difflab.datasets.pairs import read_pair
from difflab.datasets.published import Published, published
from difflab.errors import DataError, DataWarning, UsageError

SIDE = 28
DARKEST = 255
PARTS = ("train", "test")


def mnist(
    data_dir: str | os.PathLike[str] | None = None,
    name: str = "mnist",
    dtype: str = "float32",
    train: int | None = None,
    validation: int | None = None,
    normalised: bool = False,
) -> Dataset:
    """Return MNIST with pixels in 0..1, one-hot targets, and its test set as validation set.

    Parameters
    ----------
    data_dir : path, optional
        Folder of the files; else the environment's ``DIFFLAB_DATA``, else the user's cache.
    name : str
        "mnist" or "fashion-mnist".
    dtype : str
        "float32" (219 MB) or "float64" (twice that).
    train, validation : int, optional
        Only the first so many samples of the training and of the test set.
    normalised : bool
        Shift and scale the pixels by mean and deviation of the published training set, .1307 and
        .3081 for MNIST, as the commented line of the slide does.

    Returns
    -------
    Dataset
        x of shape (60000, 784), y of shape (60000, 10); validation of 10000 samples.

    Raises
    ------
    MissingDataError
        When files are missing, with what to put where.
    DataError
        When a file is broken, or not what its name says.
    UsageError
        For a count or dtype that does not fit.

    Warns
    -----
    DataWarning
        For files that are not the published ones; they are used all the same.

    Examples
    --------
    >>> data = mnist("/data", train=1000)  # doctest: +SKIP
    >>> data.x.shape, data.x.dtype  # doctest: +SKIP
    ((1000, 784), dtype('float32'))
    """
    source = published(name)
    if dtype not in ("float32", "float64"):
        raise UsageError(
            f"{name} cannot be of dtype {dtype!r}",
            "networks are trained in float32 or float64",
            'mnist(dtype="float32")',
        )
    files = require(source, data_dir)
    parts = []
    for kind, count, pair in (("train", train, files[:2]), ("validation", validation, files[2:])):
        pixels, labels = _pictures(source, pair)
        if count is not None and not 1 <= count <= len(pixels):
            raise UsageError(
                f"{kind} = {count!r} samples of {source.title}",
                f"the file has {len(pixels):,}",
                f"{kind}={len(pixels)}, or fewer",
            )
        parts.append(_samples(source, pixels[:count], labels[:count], dtype, normalised))
        del pixels
    notes = [f"{source.title}, pixels / {DARKEST}"]
    if normalised:
        notes.append(f"less {source.mean:g}, by {source.deviation:g}")
    return Dataset(
        name,
        *parts[0],
        *parts[1],
        features=tuple(f"pixel {row}, {column}" for row in range(SIDE) for column in range(SIDE)),
        note="; ".join([*notes, *differences(files)]),
    )


def images(
    data_dir: str | os.PathLike[str] | None = None, name: str = "mnist", part: str = "train"
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pictures as they are, for sample sheets and for counting labels.

    Parameters
    ----------
    data_dir : path, optional
        As of `mnist`.
    name : str
        "mnist" or "fashion-mnist".
    part : str
        "train" or "test".

    Returns
    -------
    pixels : ndarray of uint8, shape (n, 28, 28)
        0 is paper, 255 ink.
    labels : ndarray of uint8, shape (n,)

    Raises
    ------
    MissingDataError, DataError
        As `mnist` does.
    UsageError
        For another part.

    Examples
    --------
    >>> pixels, labels = images("/data", part="test")  # doctest: +SKIP
    >>> np.bincount(labels)  # doctest: +SKIP
    array([ 980, 1135, 1032, 1010,  982,  892,  958, 1028,  974, 1009])
    """
    if part not in PARTS:
        raise UsageError(
            f"there is no part {part!r}", f"the parts are {' and '.join(PARTS)}", 'part="train"'
        )
    source = published(name)
    first = 2 * PARTS.index(part)
    return _pictures(source, require(source, data_dir)[first : first + 2])


def _pictures(source: Published, pair: Sequence[Located]) -> tuple[np.ndarray, np.ndarray]:
    """Read images and labels, and see that the images have the size of the data set."""
    images, labels = (str(one.path) for one in pair)
    pixels, numbers = read_pair(images, labels, len(source.classes))
    if pixels.shape[1:] != (SIDE, SIDE):
        raise DataError(
            f"{images} has pictures of {pixels.shape[1]} x {pixels.shape[2]} pixels",
            f"those of {source.title} have {SIDE} x {SIDE}",
            "difflab.datasets.read_pair(images, labels) for pictures of another size",
        )
    for text in differences(pair):  # of what is used indeed, not of what was refused
        warnings.warn(text, DataWarning, stacklevel=3)  # Python shows each text once per caller
    return pixels, numbers


def _samples(
    source: Published, pixels: np.ndarray, labels: np.ndarray, dtype: str, normalised: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of pixels and one-hot rows, without a temporary array of their size."""
    kind = np.dtype(dtype).type
    x = np.divide(pixels.reshape(len(pixels), -1), kind(DARKEST), dtype=dtype)
    if normalised:
        x -= kind(source.mean)
        x /= kind(source.deviation)
    return x, np.eye(len(source.classes), dtype=dtype)[labels]
