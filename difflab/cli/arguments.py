"""What several commands are given in the same way: a point, and a folder for results."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from difflab.errors import OutputError, UsageError


def point_of(texts: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Read a point that was typed as ``--at x=0.9 --at y=2``.

    Raises
    ------
    UsageError
        For something without a name or a number, and for a name that is given twice.

    Examples
    --------
    >>> point_of(["x=0.9", "y=2"])
    (('x', 0.9), ('y', 2.0))
    """
    found: dict[str, float] = {}
    for text in texts:
        name, _, value = (part.strip() for part in text.partition("="))
        try:
            number = float(value)
        except ValueError:
            raise UsageError(
                f"--at {text} is no point", "a point has a name and a number", "--at x=0.9"
            ) from None
        if name in found:
            raise UsageError(
                f"--at {name} is given twice: {found[name]:g} and {number:g}",
                "a point has one value per name, and one of the two would be ignored",
                f"--at {name}={number:g}",
            )
        found[name] = number
    return tuple(found.items())


def make_folder(folder: Path) -> None:
    """Make a folder before anything is measured, and see that files can be written there.

    Raises
    ------
    OutputError
        When there can be none, or none in it, with the reason.

    Examples
    --------
    >>> make_folder(Path("."))
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot make the folder {folder}",
            error.strerror or str(error),
            "--out with a folder that you may write",
        ) from error
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(
            f"cannot write into the folder {folder}",
            error.strerror or str(error),
            "--out with a folder that you may write",
        ) from error
