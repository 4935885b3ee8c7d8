"""Checks of what the slides print about MNIST, against the files themselves.

Formulas may name the images and labels of both parts; the right side is what the slide prints.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from difflab.course.formula import entries, evaluate, sides
from difflab.course.row import NEEDS_FILES, Finding, SlideRow, judge
from difflab.datasets import images
from difflab.errors import MissingDataError

BATCH = 64


@dataclass(frozen=True, eq=False)
class Mnist:
    """The four files.

    Attributes
    ----------
    train_images, test_images : ndarray of uint8, shape (n, 28, 28)
    train_labels, test_labels : ndarray of uint8, shape (n,)
    remark : str
        How they differ from the published ones; empty where they do not.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    remark: str = ""

    @cached_property
    def histogram(self) -> np.ndarray:
        """How often each of the 256 grey levels occurs in the training images."""
        parts = np.array_split(self.train_images, max(1, len(self.train_images) // 1000))
        counted = (np.bincount(part.ravel(), minlength=256) for part in parts)
        return np.sum(list(counted), axis=0)  # part by part: bincount copies to wide integers


def read(data_dir: str | os.PathLike[str] | None = None) -> Mnist | str:
    """Read MNIST, or return what to type where its files are not here.

    Raises
    ------
    DataError
        When files are there and broken.

    Examples
    --------
    >>> "difflab data fetch mnist" in read("/no/such/folder")
    True
    """
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            train, test = (images(data_dir, part=part) for part in ("train", "test"))
        except MissingDataError as error:
            return error.instead.split(";")[0] + ", or --data-dir FOLDER"
    return Mnist(*train, *test, "; ".join(str(warning.message) for warning in told))


def absent(what_to_type: str) -> Finding:
    """Build the finding where the files are not here."""
    return Finding(NEEDS_FILES, note=f"try: {what_to_type}")


def check(row: SlideRow, files: Mnist, tolerance: float = 0.0) -> Finding:
    """Judge a printed number.

    Parameters
    ----------
    row : SlideRow
    files : Mnist
    tolerance : float
        Relative; half a unit of the last printed digit for measured numbers.
    """
    left, right = sides(row.formula)
    names = _names(files)
    slide = entries(evaluate(right, names))
    truth = entries(evaluate(left, names))
    if len(slide) == 1 and len(truth) > 1:
        slide *= len(truth)
    note = f"in the files: {_brief(truth)}" if truth != slide else ""
    return judge(slide, truth, tolerance=tolerance, note=note)


def _names(files: Mnist) -> dict[str, Any]:
    first = files.train_images[:BATCH, np.newaxis]
    level, share = np.arange(256) / 255, files.histogram / np.sum(files.histogram)
    mean = float(share @ level)
    return {
        "train": files.train_images, "test": files.test_images, "batch": first,
        "train_labels": files.train_labels, "test_labels": files.test_labels,
        "labels": files.train_labels[:BATCH].astype(int), "len": len, "bincount": np.bincount,
        "shape": lambda a: np.array(np.shape(a)), "distinct": lambda a: np.array(np.unique(a)),
        "levels": int(np.count_nonzero(files.histogram)),
        "mean": mean, "std": float(np.sqrt(share @ level**2 - mean**2)),
    }  # fmt: skip


def _brief(values: tuple[float, ...]) -> str:
    told = [f"{value:.6g}" for value in values]
    return ", ".join(told if len(told) <= 10 else [*told[:10], "..."])
