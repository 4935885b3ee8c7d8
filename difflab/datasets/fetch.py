"""Get the files of a published data set: those that are missing, from the first mirror that has
them, with the published hash or not at all.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from difflab.datasets.download import Broken, Patience, Refused, ResumingDownloader
from difflab.datasets.locate import Located, folders, in_folder
from difflab.datasets.pairs import read_images, read_labels
from difflab.datasets.published import Published, PublishedFile, published
from difflab.errors import DataError, OutputError, UsageError

Progress = Callable[[str, int, int | None], None]
"""Called with the name of a file, the bytes that are here, and all of them where that is known."""


@dataclass(frozen=True)
class Fetched:
    """A file that is here now.

    Attributes
    ----------
    path : Path
    how : str
        "downloaded"; "here" for the published file found in place; "kept" for one that differs
        from it.
    source : str
        The mirror it came from; empty if it did not.
    """

    path: Path
    how: str
    source: str = ""


def no_progress(name: str, done: int, total: int | None) -> None:
    """Report nothing."""


def fetch(
    name: str,
    data_dir: str | os.PathLike[str] | None = None,
    *,
    mirrors: Sequence[str] = (),
    replace: bool = False,
    progress: Progress = no_progress,
    patience: Patience | None = None,
) -> list[Fetched]:
    """Download the files of a published data set that are not here yet.

    A file gets its name only when it is whole and its hash is the published one. What an
    interrupted download left is used by the next.

    Parameters
    ----------
    name : str
        "mnist" or "fashion-mnist".
    data_dir : path, optional
        As of `difflab.datasets.mnist`. Files go to the folder that already has some of them, else
        to one of the data set's name.
    mirrors : sequence of str, optional
        Addresses of folders on the web to use in place of the published mirrors.
    replace : bool
        Also download in place of a sound file of other content, which is kept otherwise.
    progress : callable
    patience : Patience, optional

    Returns
    -------
    list of Fetched
        One per file.

    Raises
    ------
    DataError
        When a file cannot be had, with what every mirror said and what to put where.
    OutputError
        When the folder cannot be written.
    UsageError
        For an address that is none.

    Examples
    --------
    >>> fetch("mnist")  # doctest: +SKIP
    """
    source = published(name)
    order = [_address(mirror) for mirror in mirrors or source.mirrors]
    folder = destination(source, data_dir)
    results = []
    for one in in_folder(source, folder):
        if one.path is not None and one.state == "published":
            results.append(Fetched(one.path, "here"))
        elif one.path is not None and one.state == "differs" and not replace and _is_sound(one):
            results.append(Fetched(one.path, "kept"))
        else:
            result = _from_mirrors(source, one.file, folder, order, progress, patience)
            order.sort(key=lambda mirror, good=result.source: mirror != good)  # type: ignore[misc]
            results.append(result)
    return results


def destination(source: Published, data_dir: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder that files are put into: the one that has some, else one of their own.

    Examples
    --------
    >>> from difflab.datasets.published import MNIST
    >>> destination(MNIST, "/no/such/folder").as_posix()
    '/no/such/folder/mnist'
    """
    places = folders(source, data_dir)
    for place in places:
        if any(one.state == "published" for one in in_folder(source, place)):
            return place
    return places[0]


def _address(mirror: str) -> str:
    if not mirror.startswith(("http://", "https://")):
        raise UsageError(
            f"{mirror!r} is no address of a mirror",
            "files are downloaded over http or https; those on a disk need no download",
            "--mirror https://example.org/mnist, or --data-dir with a folder that has the files",
        )
    return mirror.rstrip("/") + "/"


def _is_sound(one: Located) -> bool:
    """Whether a file can be read as what it should be."""
    try:
        (read_images if "images" in one.file.holds else read_labels)(str(one.path))
    except DataError:
        return False
    return True


def _from_mirrors(
    source: Published,
    file: PublishedFile,
    folder: Path,
    mirrors: Sequence[str],
    progress: Progress,
    patience: Patience | None,
) -> Fetched:
    complaints = []
    for mirror in mirrors:
        downloader = ResumingDownloader(
            folder / f"{file.name}.part",
            patience or Patience(),
            lambda done, total: progress(file.name, done, total),
        )
        try:
            path = _retrieve(mirror + file.name, file, folder, downloader)
        except (Refused, Broken) as error:
            complaints.append(f"{mirror} {error}")
        except OSError as error:
            raise OutputError(
                f"cannot write {folder / file.name}",
                error.strerror or str(error),
                "--data-dir with a folder that you may write and that has room",
            ) from error
        else:
            return Fetched(path, "downloaded", mirror)
    names = ", ".join(one.name for one in source.files)
    raise DataError(
        f"{file.name} could not be downloaded",
        "; ".join(complaints),
        f"the same command later, which goes on where this one stopped; another --mirror; or put "
        f"{names} into {folder} by hand. The task `digits` needs no download",
    )


def _retrieve(url: str, file: PublishedFile, folder: Path, downloader: ResumingDownloader) -> Path:
    """Get a file from one mirror; a wrong hash of a resumed file gets a second chance."""
    import pooch

    part = downloader.part
    resumed = part.exists() and part.stat().st_size > 0
    while True:
        try:
            with _quiet(pooch.get_logger()):
                return Path(
                    pooch.retrieve(url, f"md5:{file.md5}", file.name, folder, downloader=downloader)
                )
        except ValueError as error:  # the hash; pooch has removed the file
            if not resumed:
                found = re.search(r"but got (\w+)", str(error))
                got = found[1] if found else "another"
                raise Refused(
                    f"sent another file, which was refused: its md5 is {got}, not {file.md5}"
                ) from error
            resumed = False  # two mirrors' halves may not fit: once more from the beginning


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Keep a logger from telling what the caller tells itself."""
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
