"""The real MNIST: the counts, labels and pixels that the lecture shows. Needs the four files.

They are looked for in ``shared/data/mnist`` beside the repository, and where ``DIFFLAB_DATA`` says.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from difflab.datasets import Dataset, images, mnist
from difflab.datasets.locate import located
from difflab.datasets.published import MNIST

BESIDE = Path(__file__).parents[3] / "shared" / "data" / "mnist"
PLACE = BESIDE if BESIDE.is_dir() else None
MISSING = [one.file.name for one in located(MNIST, PLACE) if one.path is None]

pytestmark = [
    pytest.mark.skipif(
        bool(MISSING),
        reason=f"the files of MNIST are neither in {BESIDE} nor where DIFFLAB_DATA says",
    ),
    pytest.mark.filterwarnings("ignore::difflab.errors.DataWarning"),
]

SLIDE = """
5 0 4 1 9 2 1 3 1 4 3 5 3 6 1 7 2 8 6 9 4 0 9 1
1 2 4 3 2 7 3 8 6 9 0 5 6 0 7 6 1 8 7 9 3 9 8 5
9 3 3 0 7 4 9 8 0 9 4 1 4 4 6 0
"""
"""The labels of the first batch, as the slide prints them."""


Pictures = dict[str, tuple[np.ndarray, np.ndarray]]


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    return {part: images(PLACE, part=part) for part in ("train", "test")}


@pytest.fixture(scope="module")
def data() -> Dataset:
    return mnist(PLACE)


def test_there_are_60000_and_10000_pictures_of_28_by_28(pictures: Pictures) -> None:
    for part, count in (("train", 60_000), ("test", 10_000)):
        pixels, labels = pictures[part]
        assert (pixels.shape, labels.shape) == ((count, 28, 28), (count,))
        assert pixels.dtype == labels.dtype == np.uint8
        assert (pixels.min(), pixels.max()) == (0, 255)


def test_the_first_64_labels_are_those_of_the_slide(pictures: Pictures) -> None:
    assert pictures["train"][1][:64].tolist() == [int(word) for word in SLIDE.split()]


def test_the_classes_are_not_6000_and_1000_each(pictures: Pictures) -> None:
    """An erratum of the lecture."""
    train = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    test = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(pictures["train"][1]).tolist() == train
    assert np.bincount(pictures["test"][1]).tolist() == test


def test_pictures_are_grey_and_not_black_and_white(pictures: Pictures) -> None:
    """An erratum of the lecture."""
    assert len(np.unique(pictures["test"][0])) == 256


def test_the_data_set_is_in_0_to_1_with_the_mean_and_deviation_of_the_course(
    data: Dataset,
) -> None:
    assert (data.x.shape, data.y.shape) == ((60_000, 784), (60_000, 10))
    assert data.validation is not None
    assert data.validation[0].shape == (10_000, 784)
    assert data.x.dtype == data.y.dtype == np.float32
    assert (data.x.min(), data.x.max()) == (0, 1)
    mean = float(data.x.mean(dtype=float))
    square = sum(float(np.square(part, dtype=float).sum()) for part in np.array_split(data.x, 20))
    assert round(mean, 4) == 0.1307
    assert round((square / data.x.size - mean**2) ** 0.5, 4) == 0.3081


def test_targets_are_one_hot(data: Dataset, pictures: Pictures) -> None:
    np.testing.assert_array_equal(data.y.sum(axis=1), 1)
    np.testing.assert_array_equal(data.y.argmax(axis=1), pictures["train"][1])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells the peak memory")
def test_reading_takes_little_more_memory_than_the_data() -> None:
    """Peak of a process of its own: 219 MB of float32, 47 MB of bytes, Python and NumPy."""
    code = (
        "import re, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "from difflab.datasets import mnist\n"
        f"data = mnist({str(PLACE) if PLACE else None!r})\n"
        "print(re.search(r'VmHWM:\\s+(\\d+) kB', open('/proc/self/status').read())[1])\n"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    peak = int(finished.stdout) * 1024 / 1e6
    assert 220 < peak < 400, f"{peak:.0f} MB"
