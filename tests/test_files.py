"""Files are whole or absent, and a machine describes itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from difflab import files
from difflab.errors import OutputError
from difflab.lab import machine
from difflab.lab.profiles import CONTROLS, PROFILES, PROVIDERS, cells


def test_an_interrupted_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    files.write_atomically(path, "old")

    def full_disk(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full_disk)
    with pytest.raises(OutputError, match="No space left") as caught:
        files.write_atomically(path, "new")
    assert "--out" in caught.value.instead
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["report.html"]


def test_a_path_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        files.write_atomically(tmp_path / "file" / "below", "text")


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """As root, replacing /dev/null by a file would be possible, and fatal."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        files.write_atomically(pipe, "text")
        assert os.read(reader, 10) == b"text"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_link_keeps_its_target(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    files.write_atomically(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "text"


def test_an_interrupt_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write_atomically(tmp_path / "report.html", "new")
    assert os.listdir(tmp_path) == []


def test_the_environment_names_what_timings_depend_on() -> None:
    found = machine.environment()
    assert {"cpu", "cores", "python", "blas", "numpy", "difflab"} <= set(found)
    assert all(found.values())
    assert machine.fingerprint() == machine.fingerprint()


@pytest.mark.parametrize("profile", PROFILES)
def test_profiles_have_distinct_cells_and_include_the_controls(profile: str) -> None:
    chosen = cells(profile)
    assert len({cell.key for cell in chosen}) == len(chosen)
    accurate = {cell.provider for cell in chosen if cell.kind == "accuracy"}
    assert accurate == {*PROVIDERS, *CONTROLS}
