"""MNIST: the mechanics on tiny files, the slide's numbers and a short run on the real ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from difflab import tasks
from difflab.datasets import write_idx
from difflab.errors import MissingDataError
from difflab.tasks.mnist import FIRST_LABELS, first_batch
from tests.tasks.helpers import assert_drawn, missed, run

BESIDE = Path(__file__).parents[3] / "shared" / "data"
needs_files = pytest.mark.skipif(
    not (BESIDE / "mnist").is_dir(), reason=f"the files of MNIST are not in {BESIDE / 'mnist'}"
)
pytestmark = pytest.mark.filterwarnings("ignore::difflab.errors.DataWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of the published form: 200 and 50 images, each a bright row that tells its class."""
    made = tmp_path_factory.mktemp("tiny")
    rng = np.random.default_rng(0)
    for name in ("mnist", "fashion-mnist"):
        (made / name).mkdir()
        for part, count in (("train", 200), ("t10k", 50)):
            labels = np.arange(count, dtype=np.uint8) % 10
            pixels = rng.integers(0, 60, (count, 28, 28)).astype(np.uint8)
            pixels[np.arange(count), 2 * labels + 3] = 255
            write_idx(made / name / f"{part}-images-idx3-ubyte.gz", pixels)
            write_idx(made / name / f"{part}-labels-idx1-ubyte.gz", labels)
    return made


def test_a_tiny_copy_is_learned_in_float32(folder: Path) -> None:
    result = run("mnist", options={"data_dir": str(folder)})
    assert all(leaf.dtype == np.float32 for layer in result.training.params for leaf in layer)
    assert result.measured["accuracy"] > 0.5
    assert result.measured["training images"] == 200
    assert result.measured["test images"] == 50
    assert_drawn(result)
    assert "of the 50 test images" in result.lesson


def test_expectations_hold_wherever_the_files_lie(folder: Path) -> None:
    result = run("mnist", options={"data_dir": str(folder)})
    assert {"training images", "test images", "labels as on the slide"} <= set(missed(result))
    other = run("mnist", options={"data_dir": str(folder), "name": "fashion-mnist"})
    assert not other.checks


@pytest.mark.parametrize("provider", ["autodiff", "symbolic:matrix", "torch"])
def test_every_able_provider_learns_the_tiny_copy_alike(folder: Path, provider: str) -> None:
    ours, theirs = (
        run("mnist", which, {"data_dir": str(folder)}, epochs=2).measured["loss"]
        for which in (provider, "autodiff:compiled")
    )
    assert ours == pytest.approx(theirs, rel=1e-4)


def test_without_files_it_says_what_to_put_where(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="the files of MNIST are not here") as caught:
        run("mnist", options={"data_dir": str(tmp_path)})
    assert "train the task `digits`" in caught.value.instead


@needs_files
def test_the_slides_loader_is_reproduced_and_a_short_run_learns() -> None:
    task = tasks.get("mnist")
    settings = replace(task.settings, epochs=None, steps=250)
    settings = settings.with_options(data_dir=str(BESIDE))
    result = tasks.run(task, "autodiff:compiled", settings, evaluate_every=250)
    data = task.dataset(settings)
    pictures, labels = first_batch(data)
    assert (data.samples, len(data.x_val)) == (60_000, 10_000)
    assert pictures.shape == (64, 1, 28, 28)
    assert labels.tolist() == list(FIRST_LABELS)
    assert result.measured["labels as on the slide"] == 64
    assert result.measured["accuracy"] > 0.88
    sheet = result.task.figure(result.rows).charts[0]
    assert sheet.labels == tuple(map(str, FIRST_LABELS))


@needs_files
@pytest.mark.slow
def test_five_epochs_reach_the_expected_accuracy() -> None:
    result = run("mnist", options={"data_dir": str(BESIDE)})
    assert len(result.checks) == 8
    assert missed(result) == []
