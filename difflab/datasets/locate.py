"""Where the files of a published data set are looked for, and whether they are the published ones.

``data_dir``, else the environment's ``DIFFLAB_DATA``, else the user's cache folder; in each, the
folder of the data set's name, the one that torchvision makes, and the folder itself. Two data sets
use the same file names, so the folder that says more comes first, and files of two folders are
never mixed.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from difflab.datasets.published import PUBLISHED, Published, PublishedFile
from difflab.errors import DataError, MissingDataError

ENVIRONMENT = "DIFFLAB_DATA"


@dataclass(frozen=True)
class Located:
    """A published file, and what was found in its place.

    Attributes
    ----------
    title : str
        Of the data set.
    file : PublishedFile
    path : Path or None
        None where there is no such file.
    """

    title: str
    file: PublishedFile
    path: Path | None

    @cached_property
    def md5(self) -> str:
        """Of the file as it lies there; empty where there is none or it cannot be read."""
        return "" if self.path is None else _md5(self.path)

    @cached_property
    def is_really(self) -> str:
        """Which published file its content is, in words; empty where it is none of them."""
        if self.path is None:
            return ""
        known = {
            md5: f"{file.holds} of {owner.title}"
            for owner in PUBLISHED.values()
            for file in owner.files
            for md5 in (file.md5, file.md5_unpacked)
        }
        # somebody may have packed the same content again, with another name or level
        return known.get(self.md5) or known.get(_md5(self.path, unpacked=True)) or ""

    @property
    def state(self) -> str:
        """One of "missing", "published", "mistaken" for another published file, "differs"."""
        if self.path is None:
            return "missing"
        if not self.is_really:
            return "differs"
        return "published" if self.is_really == self.wanted else "mistaken"

    @property
    def wanted(self) -> str:
        """What it should be, in words."""
        return f"{self.file.holds} of {self.title}"


def data_folder(data_dir: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder that data sets are kept in.

    Examples
    --------
    >>> data_folder("data").name
    'data'
    """
    chosen = data_dir or os.environ.get(ENVIRONMENT)
    if chosen:
        return Path(chosen).expanduser()
    import pooch

    return Path(pooch.os_cache("difflab"))


def folders(source: Published, data_dir: str | os.PathLike[str] | None = None) -> list[Path]:
    """List the folders that are looked into, in this order.

    Examples
    --------
    >>> from difflab.datasets.published import MNIST
    >>> [folder.as_posix() for folder in folders(MNIST, "data")]
    ['data/mnist', 'data/MNIST/raw', 'data']
    """
    root = data_folder(data_dir)
    return [root / source.name, root / source.torchvision, root]


def located(
    source: Published, data_dir: str | os.PathLike[str] | None = None
) -> tuple[Located, ...]:
    """Find the four files: those of the first folder that has all, else of the fullest one.

    Examples
    --------
    >>> from difflab.datasets.published import MNIST
    >>> [one.state for one in located(MNIST, "/no/such/folder")]
    ['missing', 'missing', 'missing', 'missing']
    """
    found = [in_folder(source, folder) for folder in folders(source, data_dir)]
    return max(found, key=lambda files: sum(one.path is not None for one in files))


def in_folder(source: Published, folder: Path) -> tuple[Located, ...]:
    """Look for the four files in one folder, compressed or not.

    Examples
    --------
    >>> from difflab.datasets.published import MNIST
    >>> [one.path for one in in_folder(MNIST, Path("/no/such/folder"))]
    [None, None, None, None]
    """

    def path_of(file: PublishedFile) -> Path | None:
        return next((folder / name for name in file.names if (folder / name).is_file()), None)

    return tuple(Located(source.title, file, path_of(file)) for file in source.files)


def require(
    source: Published, data_dir: str | os.PathLike[str] | None = None
) -> tuple[Located, ...]:
    """Find the four files, or say what to put where.

    Raises
    ------
    MissingDataError
        When files are missing.
    DataError
        When one of them is really another published file.

    Examples
    --------
    >>> from difflab.datasets.published import MNIST
    >>> require(MNIST, "/no/such/folder")
    Traceback (most recent call last):
    difflab.errors.MissingDataError: the files of MNIST are not here
    ...
    """
    files = located(source, data_dir)
    absent = missing(source, data_dir, files)
    if absent is not None:
        raise absent
    for one in files:
        if one.state == "mistaken":
            raise DataError(
                f"{one.path} is not what its name says",
                f"by its hash it holds the {one.is_really}, not the {one.wanted}; several data "
                "sets use the same file names",
                f"{one.path.with_name(one.file.name) if one.path else ''} as published: "
                f"`difflab data fetch {source.name}` gets it into a folder of its own",
            )
    return files


def missing(
    source: Published, data_dir: str | os.PathLike[str] | None, files: Sequence[Located]
) -> MissingDataError | None:
    """Build the error for files that are not here, with what to put where; None if all are.

    Examples
    --------
    >>> from difflab.datasets.published import MNIST
    >>> error = missing(MNIST, "/no/such", located(MNIST, "/no/such"))
    >>> "difflab data fetch mnist --data-dir /no/such" in error.instead
    True
    """
    absent = [one.file.name for one in files if one.path is None]
    if not absent:
        return None
    names = ", ".join(file.name for file in source.files)
    some = "" if len(absent) == len(source.files) else f" (missing: {', '.join(absent)})"
    places = ", ".join(map(str, folders(source, data_dir)))
    option = f" --data-dir {data_dir}" if data_dir else ""
    return MissingDataError(
        f"the files of {source.title} are not here",
        f"looked for {names}, or the same unpacked, in {places}{some}",
        f"`difflab data fetch {source.name}{option}`; without a network, put the four files into "
        f"the first of these folders or name theirs with --data-dir, or train the task `digits`, "
        "which needs no download",
    )


def differences(files: Iterable[Located]) -> list[str]:
    """Say in a sentence each which files are not the published ones.

    Examples
    --------
    >>> from difflab.datasets.published import MNIST
    >>> differences(located(MNIST, "/no/such/folder"))
    []
    """
    return [
        f"{one.path} is used, but is not the published file: its md5 is {one.md5}, "
        f"not {one.file.md5}"
        for one in files
        if one.state == "differs" and one.md5  # reading says what is wrong with the unreadable
    ]


def _md5(path: Path, unpacked: bool = False) -> str:
    try:
        with gzip.open(path) if unpacked else open(path, "rb") as stream:
            digest = hashlib.md5(usedforsecurity=False)
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
            return digest.hexdigest()
    except (OSError, EOFError, zlib.error):
        return ""  # reading says what is wrong with it
