"""Cards of the course, third chapter: what can go wrong in training, and what size does."""

from __future__ import annotations

import pandas as pd

from difflab.lab.course import BIAS_VARIANCE, KINKS, LOCAL_OPTIMA, OVERFITTING, VANISHING
from difflab.report.card import Card
from difflab.report.course import exhibit


def local_optima(table: pd.DataFrame) -> Card:
    """XOR from many starts."""
    return exhibit(table, "local-optima", "Local optima", LOCAL_OPTIMA)


def overfitting(table: pd.DataFrame) -> Card:
    """Few points and many, narrow networks and wide ones."""
    return exhibit(table, "overfitting", "Overfitting", OVERFITTING)


def bias_variance(table: pd.DataFrame) -> Card:
    """The error of models of growing size, split."""
    return exhibit(table, "bias-variance", "Bias and variance", BIAS_VARIANCE)


def vanishing(table: pd.DataFrame) -> Card:
    """The gradient's norm from layer to layer."""
    return exhibit(table, "vanishing", "Vanishing gradients", VANISHING)


def kinks(table: pd.DataFrame) -> Card:
    """Stencils that cross a kink of relu, against step and number of samples."""
    return exhibit(
        table, "kinks", "Kinks", KINKS,
        method="The card “Stencils across kinks” looks at one network block by block.",
    )  # fmt: skip
