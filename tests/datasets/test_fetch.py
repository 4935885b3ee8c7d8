"""Downloads from a server on this machine: whole and with the right hash, or not at all."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from difflab.datasets import download, fetch, mnist
from difflab.datasets.download import Patience
from difflab.datasets.fetch import Fetched, destination
from difflab.datasets.published import PUBLISHED, published
from difflab.errors import DataError, OutputError, UsageError
from tests.datasets import tiny
from tests.datasets.server import Site, serving

IMAGES = "train-images-idx3-ubyte.gz"
NAMES = [file.name for file in published("mnist").files]
HASTE = Patience(connect_seconds=5, stall_seconds=0.3, attempts=3, pause_seconds=0)
ONCE = Patience(connect_seconds=5, stall_seconds=0.3, attempts=1, pause_seconds=0)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server with the files that are published under the name tiny."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (tmp_path / "published").mkdir()
    content = tiny.write_files(tmp_path / "published")
    monkeypatch.setitem(PUBLISHED, "tiny", tiny.publish(content))
    with serving(content) as site:
        yield site


def get(site: Site, place: Path, patience: Patience = HASTE, **options: object) -> list[Fetched]:
    options.setdefault("mirrors", [site.address])
    return fetch("tiny", place, patience=patience, **options)  # type: ignore[arg-type]


def whole(site: Site, place: Path) -> bool:
    """Whether the folder has the four files, as published, and nothing else."""
    found = {path.name: path.read_bytes() for path in (place / "tiny").iterdir()}
    return found == site.files


def test_four_files_are_downloaded_and_can_be_used(site: Site, tmp_path: Path) -> None:
    results = get(site, tmp_path)
    assert [(one.path.name, one.how, one.source) for one in results] == [
        (name, "downloaded", site.address) for name in NAMES
    ]
    assert whole(site, tmp_path)
    assert mnist(tmp_path, "tiny").samples == tiny.TRAIN


def test_files_that_are_here_are_not_asked_for(site: Site, tmp_path: Path) -> None:
    get(site, tmp_path)
    (tmp_path / "tiny" / IMAGES).unlink()
    site.asked.clear()
    results = get(site, tmp_path)
    assert [one.how for one in results] == ["downloaded", "here", "here", "here"]
    assert site.asked == [(IMAGES, "")]


def test_an_interrupted_download_goes_on_where_it_stopped(site: Site, tmp_path: Path) -> None:
    site.conduct[IMAGES] = ["cut 1000"]
    get(site, tmp_path)
    assert site.asked[:2] == [(IMAGES, ""), (IMAGES, "bytes=1000-")]
    assert whole(site, tmp_path)


def test_the_next_run_goes_on_where_this_one_stopped(site: Site, tmp_path: Path) -> None:
    site.conduct[IMAGES] = ["cut 1000"]
    with pytest.raises(DataError, match=f"{IMAGES} could not be downloaded") as caught:
        get(site, tmp_path, ONCE)
    length = len(site.files[IMAGES])
    assert f"ended early, after 1,000 of {length:,} bytes" in caught.value.why
    assert "goes on where this one stopped" in caught.value.instead
    assert [path.name for path in (tmp_path / "tiny").iterdir()] == [f"{IMAGES}.part"]
    get(site, tmp_path, ONCE)
    assert (IMAGES, "bytes=1000-") in site.asked
    assert whole(site, tmp_path)


@pytest.mark.parametrize("conduct", ["no ranges", "wrong range"])
def test_a_server_that_cannot_go_on_sends_everything_again(
    site: Site, tmp_path: Path, conduct: str
) -> None:
    site.conduct[IMAGES] = ["cut 1000", conduct]
    get(site, tmp_path)
    assert whole(site, tmp_path)


def test_a_part_that_is_too_long_is_begun_again(site: Site, tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / f"{IMAGES}.part").write_bytes(bytes(len(site.files[IMAGES]) + 5))
    get(site, tmp_path)
    assert whole(site, tmp_path)


def test_a_part_of_another_file_is_begun_again(site: Site, tmp_path: Path) -> None:
    """Its hash is wrong when it is whole, although the mirror is good."""
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / f"{IMAGES}.part").write_bytes(bytes(1000))
    get(site, tmp_path)
    assert site.asked[:2] == [(IMAGES, "bytes=1000-"), (IMAGES, "")]
    assert whole(site, tmp_path)


def test_a_server_that_does_not_say_how_much_is_believed_by_the_hash(
    site: Site, tmp_path: Path
) -> None:
    site.conduct[IMAGES] = ["unknown length"]
    get(site, tmp_path)
    assert whole(site, tmp_path)


@pytest.mark.parametrize("conduct", ["stall 1000", "drip"])
def test_a_stalled_download_ends(site: Site, tmp_path: Path, conduct: str) -> None:
    site.conduct[IMAGES] = [conduct]
    begun = time.monotonic()
    with pytest.raises(DataError, match="could not be downloaded") as caught:
        get(site, tmp_path, ONCE)
    assert "stalled: hardly anything came for 0.3 s" in caught.value.why
    assert time.monotonic() - begun < 8  # the server would wait for ten seconds, or drip for hours
    assert not (tmp_path / "tiny" / IMAGES).exists()


def test_a_stalled_download_is_taken_up_again(site: Site, tmp_path: Path) -> None:
    site.conduct[IMAGES] = ["stall 1000"]
    get(site, tmp_path)
    assert (IMAGES, "bytes=1000-") in site.asked
    assert whole(site, tmp_path)


def test_a_wrong_hash_is_refused_and_the_file_removed(site: Site, tmp_path: Path) -> None:
    site.files[IMAGES] = b"<html>log in to the network first</html>"
    with pytest.raises(DataError, match=f"{IMAGES} could not be downloaded") as caught:
        get(site, tmp_path)
    assert "sent another file, which was refused: its md5 is" in caught.value.why
    assert published("tiny").files[0].md5 in caught.value.why
    assert list((tmp_path / "tiny").iterdir()) == []
    assert site.asked == [(IMAGES, "")]


@pytest.mark.parametrize("fault", ["404", "500", "cut 10", "another file", "nobody there"])
def test_the_second_mirror_is_tried_when_the_first_fails(
    site: Site, tmp_path: Path, fault: str
) -> None:
    with serving(dict(site.files)) as bad:
        bad.conduct = {name: [fault] for name in NAMES}
        if fault == "another file":
            bad.files = dict.fromkeys(NAMES, b"something else")
            bad.conduct = {}
        if fault == "nobody there":
            bad.address = "http://127.0.0.1:9/"
        results = get(site, tmp_path, ONCE, mirrors=[bad.address, site.address])
        assert {one.source for one in results} == {site.address}
        assert whole(site, tmp_path)
        # a mirror that failed is not tried first for the next file
        assert [name for name, _ in bad.asked] == ([] if fault == "nobody there" else [IMAGES])


def test_when_no_mirror_answers_the_error_lists_them_and_says_what_to_put_where(
    site: Site, tmp_path: Path
) -> None:
    nobody = "http://127.0.0.1:9/"
    site.conduct[IMAGES] = ["404"]
    with pytest.raises(DataError, match=f"{IMAGES} could not be downloaded") as caught:
        get(site, tmp_path, mirrors=[nobody, site.address])
    error = caught.value
    assert f"{nobody} connection refused" in error.why
    assert f"{site.address} HTTP 404" in error.why
    assert all(name in error.instead for name in NAMES)
    assert f"into {tmp_path / 'tiny'} by hand" in error.instead
    assert "`digits`" in error.instead
    assert error.exit_status == 1


def test_more_than_any_file_has_is_refused(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "LARGEST", 5000)
    with pytest.raises(DataError) as caught:
        get(site, tmp_path)
    assert f"it offers {len(site.files[IMAGES]):,} bytes" in caught.value.why
    site.conduct[IMAGES] = ["unknown length"]
    with pytest.raises(DataError) as caught:
        get(site, tmp_path)
    assert "it sends more than" in caught.value.why
    assert list((tmp_path / "tiny").iterdir()) == []


def test_a_sound_file_of_other_content_is_kept_unless_told_otherwise(
    site: Site, tmp_path: Path
) -> None:
    get(site, tmp_path)
    path = tmp_path / "tiny" / IMAGES
    (tmp_path / "other").mkdir()
    other = tiny.write_files(tmp_path / "other", seed=1)[IMAGES]
    path.write_bytes(other)
    assert get(site, tmp_path)[0].how == "kept"
    assert path.read_bytes() == other
    assert get(site, tmp_path, replace=True)[0].how == "downloaded"
    assert whole(site, tmp_path)


def test_a_broken_file_is_replaced(site: Site, tmp_path: Path) -> None:
    get(site, tmp_path)
    path = tmp_path / "tiny" / IMAGES
    path.write_bytes(path.read_bytes()[:-9])
    assert get(site, tmp_path)[0].how == "downloaded"
    assert whole(site, tmp_path)


def test_a_failed_replacement_leaves_the_old_file(site: Site, tmp_path: Path) -> None:
    get(site, tmp_path)
    (tmp_path / "other").mkdir()
    other = tiny.write_files(tmp_path / "other", seed=1)[IMAGES]
    path = tmp_path / "tiny" / IMAGES
    path.write_bytes(other)
    site.conduct[IMAGES] = ["404"]
    with pytest.raises(DataError, match="could not be downloaded"):
        get(site, tmp_path, replace=True)
    assert path.read_bytes() == other


def test_files_go_where_some_of_them_are(site: Site, tmp_path: Path) -> None:
    name = NAMES[3]
    (tmp_path / name).write_bytes(site.files[name])
    assert destination(published("tiny"), tmp_path) == tmp_path
    get(site, tmp_path)
    assert {path.name for path in tmp_path.glob("*.gz")} == set(NAMES)
    assert destination(published("tiny"), tmp_path / "elsewhere") == tmp_path / "elsewhere" / "tiny"


def test_two_downloads_of_one_file_do_not_mix(site: Site, tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    (tmp_path / "tiny").mkdir()
    with open(tmp_path / "tiny" / f"{IMAGES}.part", "ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(DataError) as caught:
            get(site, tmp_path)
    assert "another download writes" in caught.value.why
    assert site.asked == []


def test_a_full_disk_says_so_and_keeps_what_came(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="cannot write") as caught:
        get(site, tmp_path)
    assert caught.value.why == "No space left on device"
    assert "--data-dir" in caught.value.instead


def test_a_folder_below_a_file_cannot_be_written(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        get(site, tmp_path / "file")


@pytest.mark.parametrize("mirror", ["ftp://example.org", "example.org/mnist", "/a/folder"])
def test_an_address_that_is_none_is_refused(site: Site, tmp_path: Path, mirror: str) -> None:
    with pytest.raises(UsageError, match="no address of a mirror") as caught:
        get(site, tmp_path, mirrors=[mirror])
    assert "--mirror https://" in caught.value.instead


def test_progress_is_told_in_bytes(site: Site, tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    get(site, tmp_path, progress=lambda *event: told.append(event))
    for name in NAMES:
        mine = [(done, total) for one, done, total in told if one == name]
        assert mine[0] == (0, len(site.files[name]))
        assert mine[-1] == (len(site.files[name]), len(site.files[name]))
        assert mine == sorted(mine)


def test_an_interrupt_keeps_what_came(site: Site, tmp_path: Path) -> None:
    def stop(name: str, done: int, total: int | None) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(site, tmp_path, progress=stop)
    assert not (tmp_path / "tiny" / IMAGES).exists()
    assert (tmp_path / "tiny" / f"{IMAGES}.part").stat().st_size > 0
    get(site, tmp_path)
    assert whole(site, tmp_path)
