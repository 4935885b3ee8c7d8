"""``difflab data``: what it prints, with which exit status."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from difflab import cli
from difflab.datasets import mnist, write_idx
from difflab.datasets.published import PUBLISHED
from difflab.errors import DataWarning
from tests.datasets import tiny
from tests.datasets.server import Site, serving
from tests.test_cli import run

IMAGES = "train-images-idx3-ubyte.gz"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server with the files that are published under the name tiny."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("DIFFLAB_DATA", str(tmp_path / "data"))
    (tmp_path / "published").mkdir()
    content = tiny.write_files(tmp_path / "published")
    monkeypatch.setitem(PUBLISHED, "tiny", tiny.publish(content))
    with serving(content) as site:
        yield site


def test_fetch_downloads_once_and_where_shows_it(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "data", "fetch", "tiny", "--mirror", site.address)
    assert status == 0
    assert out.count(f": downloaded from {site.address}") == 4
    assert f"{IMAGES}: {len(site.files[IMAGES]):,} bytes" in err.splitlines()
    status, out, err = run(capsys, "data", "fetch", "tiny", "--mirror", site.address)
    assert (status, out.count(": was here already"), err) == (0, 4, "")
    status, out, _ = run(capsys, "data", "where", "tiny")
    assert status == 0
    assert out.count("as published") == 4
    assert str(tmp_path / "data" / "tiny" / IMAGES) in out


def test_fetch_and_where_take_a_folder(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--data-dir", str(tmp_path / "mine")]
    assert run(capsys, "data", "fetch", "tiny", "--mirror", site.address, *place)[0] == 0
    assert (tmp_path / "mine" / "tiny" / IMAGES).is_file()
    assert run(capsys, "data", "where", "tiny", *place)[0] == 0
    assert run(capsys, "data", "where", "tiny")[0] == 1


def test_a_file_of_other_content_is_told_of_and_kept(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "data", "fetch", "tiny", "--mirror", site.address)
    write_idx(tmp_path / "data" / "tiny" / IMAGES, np.zeros((tiny.TRAIN, 28, 28), np.uint8))
    status, out, _ = run(capsys, "data", "where", "tiny")
    assert status == 0
    assert "not the published file; used with a warning" in out
    status, out, _ = run(capsys, "data", "fetch", "tiny", "--mirror", site.address)
    assert (status, out.count("kept, though it is not the published file")) == (0, 1)
    run(capsys, "data", "fetch", "tiny", "--mirror", site.address, "--replace")
    assert "not the published" not in run(capsys, "data", "where", "tiny")[1]


def test_a_file_of_another_set_is_told_of(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "data", "fetch", "tiny", "--mirror", site.address)
    folder = tmp_path / "data" / "tiny"
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(site.files["train-labels-idx1-ubyte.gz"])
    _, out, _ = run(capsys, "data", "where", "tiny")
    assert "refused: holds the training labels of Tiny" in out


def test_where_without_files_fails_with_what_to_put_where(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "data", "where", "tiny")
    assert status == 1
    assert out.count("missing") == 4
    assert "error: the files of Tiny are not here" in err
    assert "difflab data fetch tiny" in err
    assert "digits" in err


def test_a_download_that_fails_exits_1_with_three_parts(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.conduct[IMAGES] = ["404"]
    status, _, err = run(capsys, "data", "fetch", "tiny", "--mirror", site.address)
    assert status == 1
    assert f"error: {IMAGES} could not be downloaded" in err
    assert f"  why: {site.address} HTTP 404" in err
    assert "  try: " in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["fetch"],
        ["fetch", "mnits"],
        ["where", "mnits"],
        ["frobnicate"],
        ["fetch", "mnist", "--mirror", "ftp://example.org"],
        ["fetch", "mnist", "--frob"],
    ],
)
def test_misuse_exits_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    status, out, err = run(capsys, "data", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert "  why: " in err
    assert "  try: " in err


@pytest.mark.parametrize("arguments", [[], ["--help"], ["fetch", "--help"], ["where", "--help"]])
def test_help_has_examples(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    status, out, err = run(capsys, "data", *arguments)
    assert (status, err) == (0, "")
    assert "\n    difflab data " in out


def test_a_warning_about_data_is_one_plain_line(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_idx(tmp_path / "published" / IMAGES, np.zeros((tiny.TRAIN, 28, 28), np.uint8))
    with cli._plain_warnings():
        mnist(tmp_path / "published", "tiny")
    err = capsys.readouterr().err
    assert err.startswith(f"warning: {tmp_path / 'published' / IMAGES} is used, but is not")
    assert err.count("\n") == 1
    with pytest.warns(DataWarning):
        mnist(tmp_path / "published", "tiny")


def test_help_of_data_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from difflab import cli\n"
        "try:\n    cli.main(['data', 'fetch', '--help'])\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'pooch', 'requests', 'sklearn', 'rich'}\n"
        "print('loaded:', sorted(heavy & set(sys.modules)))\n"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "loaded: []" in finished.stdout, finished.stderr
