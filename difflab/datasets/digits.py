"""Real handwritten digits that need no download: 1,797 of 8 x 8 pixels, from scikit-learn.

Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning
Repository; scikit-learn carries its test part.
"""

from __future__ import annotations

import numpy as np

from difflab.datasets.dataset import Dataset
from difflab.errors import UsageError

CLASSES = 10
INK = 16.0
"""The darkest pixel value."""
SMALLEST_SHARE = 0.01
"""Of all samples, about two of each class."""


def digits(seed: int = 0, validation_share: float = 0.25) -> Dataset:
    """Return the digits with pixels in 0..1, one-hot targets and a stratified split.

    Parameters
    ----------
    seed : int
        Of the split.
    validation_share : float
        Share of samples kept apart, the same in every class.

    Returns
    -------
    Dataset
        x of shape (1347, 64), y of shape (1347, 10); validation of 450 samples.

    Raises
    ------
    UsageError
        For a share that leaves one part with less than 1 % of the samples.

    Examples
    --------
    >>> data = digits()
    >>> data.x.shape, data.x_val.shape, float(data.x.max())
    ((1347, 64), (450, 64), 1.0)
    """
    if not SMALLEST_SHARE <= validation_share <= 1 - SMALLEST_SHARE:
        raise UsageError(
            f"validation_share = {validation_share!r} leaves too few samples in one of the parts",
            f"both need samples of every class, {SMALLEST_SHARE:g} of all or more",
            "digits(validation_share=0.25)",
        )
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    pixels, labels = load_digits(return_X_y=True)
    x_train, x_test, train_labels, test_labels = train_test_split(
        pixels / INK, labels, test_size=validation_share, stratify=labels, random_state=seed
    )
    targets = np.eye(CLASSES)
    return Dataset(
        "digits",
        np.ascontiguousarray(x_train),
        targets[train_labels],
        np.ascontiguousarray(x_test),
        targets[test_labels],
        features=tuple(f"pixel {row}, {column}" for row in range(8) for column in range(8)),
        note=f"handwritten digits of scikit-learn, pixels / {INK:g}, stratified "
        f"{1 - validation_share:.0%} / {validation_share:.0%} split, seed {seed}",
    )
