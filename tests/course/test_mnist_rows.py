"""What the slides print about MNIST: judged by files, by the real ones where they lie beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from difflab.course import ERRATA, ROWS, Finding, evaluate
from difflab.course.checks_mnist import Mnist, read
from difflab.course.row import HOLDS, NEEDS_FILES, WRONG
from difflab.datasets import write_idx
from difflab.errors import DataError

REAL = Path(__file__).parents[3] / "shared" / "data" / "mnist"
MNIST_ROWS = [row for row in ROWS if row.needs_files]
NAMES = (
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
)  # fmt: skip


def verdicts(files: Mnist | str) -> Mapping[str, Finding]:
    return {row.key: evaluate(row, files) for row in MNIST_ROWS}


def test_without_files_the_rows_say_what_to_type(tmp_path: Path) -> None:
    files = read(tmp_path)
    assert isinstance(files, str)
    for finding in verdicts(files).values():
        assert finding.verdict == NEEDS_FILES
        assert "difflab data fetch mnist" in finding.note
        assert "--data-dir" in finding.note


def small(tmp_path: Path) -> Path:
    """Files of ten black and white pictures per class: everything else is wrong."""
    labels = np.repeat(np.arange(10, dtype=np.uint8), 10)
    pictures = np.zeros((100, 28, 28), np.uint8)
    pictures[:, 14] = 255
    for name, values in zip(NAMES, (pictures, labels, pictures, labels)):
        write_idx(tmp_path / name, values)
    return tmp_path


def test_other_files_change_the_verdicts(tmp_path: Path) -> None:
    files = read(small(tmp_path))
    assert isinstance(files, Mnist)
    assert "not the published file" in files.remark
    found = {key: finding.verdict for key, finding in verdicts(files).items()}
    assert found["black and white"] == HOLDS
    assert found["60,000 and 10,000"] == WRONG
    assert found["first labels"] == WRONG
    assert found["6,000 per class"] == WRONG
    assert found["shape of a batch"] == HOLDS
    even = replace(
        next(row for row in ROWS if row.key == "6,000 per class"),
        formula="bincount(train_labels) = 10",
    )
    assert evaluate(even, files).verdict == HOLDS


def test_broken_files_are_an_error_and_no_verdict(tmp_path: Path) -> None:
    folder = small(tmp_path)
    (folder / NAMES[1]).write_bytes(b"\0\0\x08")
    with pytest.raises(DataError):
        read(folder)


@pytest.mark.skipif(not REAL.is_dir(), reason=f"MNIST is not in {REAL}")
def test_the_real_files_give_what_the_slides_print_but_for_three_lines() -> None:
    files = read(REAL)
    assert isinstance(files, Mnist)
    found = verdicts(files)
    wrong = {key for key, finding in found.items() if finding.verdict == WRONG}
    assert wrong == {"6,000 per class", "1,000 per class", "black and white"}
    assert {finding.verdict for finding in found.values()} == {HOLDS, WRONG}
    train = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
    assert found["6,000 per class"].truth == train
    assert found["black and white"].truth[0] > 250
    assert found["mean and deviation"].truth == pytest.approx((0.1307, 0.3081), abs=5e-5)
    erratum = next(each for each in ERRATA if each.needs_files)
    numbers = [each.value for each in erratum.show(files)]
    assert numbers[:4] == [5421, 6742, 892, 1135]
