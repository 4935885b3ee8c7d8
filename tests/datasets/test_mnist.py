"""MNIST from files: where they are looked for, what is said of them, and what they become."""

from __future__ import annotations

import gzip
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest

from difflab.datasets import images, mnist, read_images, read_labels, write_idx
from difflab.datasets.locate import data_folder, folders, located
from difflab.datasets.published import FASHION_MNIST, MNIST, PUBLISHED, published
from difflab.errors import DataError, DataWarning, MissingDataError, UnknownNameError, UsageError
from tests.datasets import tiny


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose four files are published under the name tiny."""
    place = tmp_path / "data" / "tiny"
    place.mkdir(parents=True)
    monkeypatch.setitem(PUBLISHED, "tiny", tiny.publish(tiny.write_files(place)))
    return place


@pytest.fixture(autouse=True)
def _no_folder_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIFFLAB_DATA", str(tmp_path / "none"))


def test_pixels_lie_in_0_to_1_and_targets_are_one_hot(folder: Path) -> None:
    data = mnist(folder, "tiny")
    assert (data.x.shape, data.y.shape) == ((tiny.TRAIN, 784), (tiny.TRAIN, 10))
    assert data.validation is not None
    assert [part.shape for part in data.validation] == [(tiny.TEST, 784), (tiny.TEST, 10)]
    assert {part.dtype for part in (data.x, data.y, *data.validation)} == {np.dtype("float32")}
    pixels = read_images(folder / "train-images-idx3-ubyte.gz").reshape(tiny.TRAIN, -1)
    np.testing.assert_array_equal(data.x, (pixels / 255).astype(np.float32))
    assert (data.x.min(), data.x.max()) == (0, 1)
    labels = read_labels(folder / "train-labels-idx1-ubyte.gz")
    np.testing.assert_array_equal(data.y, np.eye(10)[labels])
    assert data.features[29] == "pixel 1, 1"


def test_published_files_give_no_warning_and_a_short_note(folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert mnist(folder, "tiny").note == "Tiny, pixels / 255"


def test_a_run_can_take_fewer_samples_and_float64(folder: Path) -> None:
    data, whole = mnist(folder, "tiny", "float64", train=7, validation=3), mnist(folder, "tiny")
    assert data.validation is not None
    assert (data.x.dtype, data.samples, len(data.validation[0])) == (np.float64, 7, 3)
    np.testing.assert_allclose(data.x, whole.x[:7], rtol=1e-7)


def test_normalised_pixels_are_shifted_and_scaled_as_on_the_slide(folder: Path) -> None:
    plain, data = mnist(folder, "tiny"), mnist(folder, "tiny", normalised=True)
    np.testing.assert_allclose(data.x, (plain.x - 0.1307) / 0.3081, rtol=1e-5, atol=1e-6)
    assert "less 0.1307, by 0.3081" in data.note


def test_pictures_come_as_they_are(folder: Path) -> None:
    pixels, labels = images(folder, "tiny", part="test")
    assert (pixels.shape, pixels.dtype) == ((tiny.TEST, 28, 28), np.uint8)
    np.testing.assert_array_equal(np.bincount(labels), np.full(10, tiny.TEST // 10))
    assert len(images(folder, "tiny")[0]) == tiny.TRAIN


@pytest.mark.parametrize("inside", ["", "tiny", "TINY/raw"])
@pytest.mark.parametrize("packed", [True, False], ids=["gz", "raw"])
def test_files_are_found_in_three_places_packed_or_not(
    folder: Path, tmp_path: Path, inside: str, packed: bool
) -> None:
    root = tmp_path / "root"
    shutil.copytree(folder, root / inside)
    if not packed:
        tiny.unpack(root / inside)
    assert {one.state for one in located(published("tiny"), root)} == {"published"}
    assert mnist(root, "tiny").samples == tiny.TRAIN


def test_the_environment_names_the_folder_when_no_argument_does(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIFFLAB_DATA", str(folder.parent))
    assert mnist(name="tiny").samples == tiny.TRAIN
    assert data_folder(tmp_path) == tmp_path
    monkeypatch.delenv("DIFFLAB_DATA")
    assert "difflab" in str(data_folder())


def test_a_folder_of_the_name_comes_before_files_of_the_same_names_beside_it(
    folder: Path,
) -> None:
    tiny.write_files(folder.parent, seed=1)  # other data, with the same file names
    assert all(
        one.path is not None and one.path.parent == folder
        for one in located(published("tiny"), folder.parent)
    )


def test_files_of_two_folders_are_not_mixed(folder: Path) -> None:
    shutil.move(str(folder / "t10k-labels-idx1-ubyte.gz"), folder.parent)
    with pytest.raises(MissingDataError, match="the files of Tiny are not here") as caught:
        mnist(folder.parent, "tiny")
    assert "(missing: t10k-labels-idx1-ubyte.gz)" in caught.value.why


def test_without_files_the_error_says_what_to_put_where_and_offers_digits(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="the files of MNIST are not here") as caught:
        mnist(tmp_path)
    error = caught.value
    assert all(file.name in error.why for file in MNIST.files)
    assert all(str(place) in error.why for place in folders(MNIST, tmp_path))
    assert f"`difflab data fetch mnist --data-dir {tmp_path}`" in error.instead
    assert "`digits`" in error.instead
    with pytest.raises(MissingDataError) as caught:
        mnist()
    assert "`difflab data fetch mnist`" in caught.value.instead


def test_a_file_of_other_content_is_used_with_a_warning(folder: Path) -> None:
    path = folder / "train-images-idx3-ubyte.gz"
    pixels = read_images(path) // 2
    write_idx(path, pixels)
    with pytest.warns(DataWarning, match="is used, but is not the published file") as caught:
        data = mnist(folder, "tiny")
    assert len(caught) == 1
    assert str(path) in str(caught[0].message)
    assert "not the published file" in data.note
    np.testing.assert_array_equal(data.x[0], pixels[0].ravel() / np.float32(255))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images(folder, "tiny", part="test")  # whose files are the published ones


def test_the_same_content_packed_again_gives_no_warning(folder: Path) -> None:
    for path in folder.iterdir():
        content = gzip.decompress(path.read_bytes())
        path.write_bytes(gzip.compress(content, compresslevel=1, mtime=1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert mnist(folder, "tiny").samples == tiny.TRAIN


def test_files_that_were_exchanged_are_refused_by_their_hashes(folder: Path) -> None:
    names = "train-labels-idx1-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
    contents = [(folder / name).read_bytes() for name in names]
    for name, content in zip(names, reversed(contents)):
        (folder / name).write_bytes(content)
    with pytest.raises(DataError, match="not what its name says") as caught:
        mnist(folder, "tiny")
    assert "test labels of Tiny, not the training labels of Tiny" in caught.value.why


def test_files_of_another_data_set_are_refused_by_their_hashes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PUBLISHED, "other", tiny.publish(tiny.write_files(folder, 1), "other"))
    with pytest.raises(DataError, match="not what its name says") as caught:
        mnist(folder, "tiny")
    assert "training images of Other, not the training images of Tiny" in caught.value.why
    assert "difflab data fetch tiny" in caught.value.instead


def test_a_broken_file_is_refused_and_not_said_to_be_used(folder: Path) -> None:
    path = folder / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match="truncated gzip file"):  # warnings would be errors
        mnist(folder, "tiny")


def test_pictures_of_another_size_are_refused(folder: Path) -> None:
    write_idx(folder / "train-images-idx3-ubyte.gz", np.zeros((tiny.TRAIN, 32, 32), np.uint8))
    with pytest.raises(DataError, match="32 x 32 pixels") as caught:
        mnist(folder, "tiny")
    assert "28 x 28" in caught.value.why


@pytest.mark.parametrize(
    "options", [{"train": 0}, {"train": 41}, {"validation": 21}, {"dtype": "float16"}]
)
def test_options_that_do_not_fit_are_refused(folder: Path, options: dict) -> None:
    with pytest.raises(UsageError) as caught:
        mnist(folder, "tiny", **options)
    assert caught.value.why
    assert caught.value.instead


def test_other_parts_and_names_are_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="no part 'dev'"):
        images(folder, "tiny", part="dev")
    with pytest.raises(UnknownNameError, match="no published data set 'mnits'") as caught:
        mnist(folder, "mnits")
    assert "'mnist'" in caught.value.instead


def test_the_two_published_sets_share_names_and_nothing_else() -> None:
    assert [file.name for file in MNIST.files] == [file.name for file in FASHION_MNIST.files]
    hashes = [
        md5
        for source in PUBLISHED.values()
        for file in source.files
        for md5 in (file.md5, file.md5_unpacked)
    ]
    assert len(set(hashes)) == len(hashes) == 16
    assert all(len(md5) == 32 and int(md5, 16) for md5 in hashes)
    for source in PUBLISHED.values():
        assert len(source.classes) == 10
        assert all(mirror.startswith("http") and mirror.endswith("/") for mirror in source.mirrors)
