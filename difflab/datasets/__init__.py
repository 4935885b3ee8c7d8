"""Data sets of the course, seeded and the same on every machine, and the user's own.

`dataset` is what they all are, `synthetic` makes them from formulas, `digits` reads the handwritten
digits that come with scikit-learn, `mnist` the four files of MNIST and Fashion-MNIST (`idx`,
`pairs`) that `locate` finds, by the names and hashes of `published` and that `fetch` gets; `csv`
reads the user's own tables.
"""

from difflab.datasets.csv import CsvTask, read_csv
from difflab.datasets.dataset import Dataset, standardise
from difflab.datasets.digits import digits
from difflab.datasets.fetch import fetch
from difflab.datasets.idx import read_idx, write_idx
from difflab.datasets.mnist import images, mnist
from difflab.datasets.pairs import read_images, read_labels, read_pair
from difflab.datasets.synthetic import moons, simplest, sincos, sincos_grid, sine, xor

__all__ = [
    "CsvTask",
    "Dataset",
    "digits",
    "fetch",
    "images",
    "mnist",
    "moons",
    "read_csv",
    "read_idx",
    "read_images",
    "read_labels",
    "read_pair",
    "simplest",
    "sincos",
    "sincos_grid",
    "sine",
    "standardise",
    "write_idx",
    "xor",
]
