"""Data sets of the course: small, seeded, the same on every machine.

`dataset` is what they all are, `synthetic` makes them from formulas, `digits` reads the handwritten
digits that come with scikit-learn.
"""

from difflab.datasets.dataset import Dataset, standardise
from difflab.datasets.digits import digits
from difflab.datasets.synthetic import simplest, sincos, sincos_grid

__all__ = ["Dataset", "digits", "simplest", "sincos", "sincos_grid", "standardise"]
