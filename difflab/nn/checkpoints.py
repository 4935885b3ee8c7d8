"""Checkpoints: a run in the middle, on disk, from which it goes on bit for bit.

A checkpoint holds the parameters, the optimizer's state, the best point of early stopping, the
history, and the position. Batches depend on seed and epoch alone (see `difflab.nn.batches`), so the
position is all the state that their generator has. What the run was about is written beside it, and
compared before going on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from difflab.errors import DataError, UsageError
from difflab.files import write_bytes_atomically
from difflab.nn.archive import UNREADABLE, pack, read_archive
from difflab.nn.early_stopping import Best
from difflab.nn.history import Step
from difflab.tree import Nest, flatten, unflatten

VERSION = 2
"""Of the form that is written."""


@dataclass(frozen=True)
class Checkpoint:
    """A run in the middle.

    Attributes
    ----------
    about : mapping of str to str
        What has to be the same for the run to go on: model, loss, optimizer, batches, samples.
    params : nest
    state : object
        The optimizer's, a named tuple.
    rows : tuple of Step
        The history so far; its length is the position.
    initial_loss : float
    preparation_seconds : float
    best : Best or None
        Of early stopping.
    monitor : str or None
        What ``best`` was judged by.
    """

    about: Mapping[str, str]
    params: Nest
    state: Any
    rows: tuple[Step, ...]
    initial_loss: float
    preparation_seconds: float
    best: Best | None = None
    monitor: str | None = None

    @property
    def steps(self) -> int:
        """Steps done."""
        return len(self.rows)

    def check(self, about: Mapping[str, str], path: Path | str) -> None:
        """Refuse to go on with another run.

        Raises
        ------
        DataError
            Naming what differs.

        Examples
        --------
        >>> saved = Checkpoint({"model": "2-4-1 tanh"}, [], (), (), 1.0, 0.0)
        >>> saved.check({"model": "2-8-1 tanh"}, "run.npz")
        Traceback (most recent call last):
            ...
        difflab.errors.DataError: run.npz is a checkpoint of another run
          why: its model is 2-4-1 tanh, here it is 2-8-1 tanh
          try: the settings that it was saved with, or a new run without it
        """
        differing = [
            f"its {name} is {self.about.get(name, 'not told')}, here it is {value}"
            for name, value in about.items()
            if self.about.get(name) != value
        ]
        if differing:
            raise DataError(
                f"{path} is a checkpoint of another run",
                "; ".join(differing),
                "the settings that it was saved with, or a new run without it",
            )


def fingerprint(*arrays: np.ndarray) -> str:
    """A short hash of arrays: shapes, dtypes and every bit.

    Examples
    --------
    >>> fingerprint(np.zeros(3)) == fingerprint(np.zeros(3)), fingerprint(np.ones(3))[:2]
    (True, '90')
    """
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape} {array.dtype.str}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:16]


def save_checkpoint(path: Path | str, checkpoint: Checkpoint) -> None:
    """Write a checkpoint in one step: the old file stays until the new one is whole.

    Raises
    ------
    OutputError
        When there is no room or no permission; the old file stays.
    UsageError
        For parameters or an optimizer's state that no file can hold.
    """
    names = [field.name for field in fields(Step)]
    contents = {
        "version": VERSION,
        "about": dict(checkpoint.about),
        "params": checkpoint.params,
        "state": checkpoint.state,
        "rows": {name: _column([getattr(row, name) for row in checkpoint.rows]) for name in names},
        "initial_loss": float(checkpoint.initial_loss),
        "preparation_seconds": float(checkpoint.preparation_seconds),
        "best": checkpoint.best,
        "monitor": checkpoint.monitor,
    }
    try:
        data = pack(contents)
    except TypeError as error:
        raise UsageError(
            f"this run cannot be written to {path}",
            str(error),
            "parameters and states of an optimizer made of arrays, numbers, lists, tuples and "
            "dicts, or checkpoint=None",
        ) from error
    write_bytes_atomically(Path(path), data)


def load_checkpoint(path: Path | str) -> Checkpoint:
    """Read a checkpoint; named tuples come as plain ones.

    Raises
    ------
    DataError
        When the file is not there, not whole, or no checkpoint.
    """
    read = read_archive(path)
    if not isinstance(read, dict) or "about" not in read or read.get("version") != VERSION:
        found = read.get("version") if isinstance(read, dict) else None
        raise DataError(
            f"{path} is no checkpoint that can be read",
            "it holds something else"
            if found is None
            else f"its form is {found}, and {VERSION} is known",
            "a file that Trainer(..., checkpoint=path) wrote",
        )
    try:
        columns = {name: _values(column) for name, column in read["rows"].items()}
        return Checkpoint(
            dict(read["about"]),
            read["params"],
            read["state"],
            tuple(Step(**dict(zip(columns, row))) for row in zip(*columns.values(), strict=True)),
            float(read["initial_loss"]),
            float(read["preparation_seconds"]),
            None if read["best"] is None else Best(*read["best"]),
            read["monitor"],
        )
    except UNREADABLE as error:
        raise DataError(
            f"{path} is no checkpoint that can be read",
            f"{type(error).__name__}: {error}",
            "a file that Trainer(..., checkpoint=path) wrote",
        ) from error


def restored_state(saved: Any, fresh: Any) -> Any:
    """Give a saved state the type of the one that the optimizer makes."""
    if isinstance(fresh, tuple) and hasattr(fresh, "_fields"):
        return type(fresh)(
            *(restored_state(part, like) for part, like in zip(saved, fresh, strict=True))
        )
    return saved


def renested(saved: Nest, like: Nest) -> Nest:
    """Give saved parameters the nesting of others, with its named tuples.

    Examples
    --------
    >>> from typing import NamedTuple
    >>> Line = NamedTuple("Line", [("w", float), ("b", float)])
    >>> renested((2.0, 1.0), like=Line(0.0, 0.0))
    Line(w=2.0, b=1.0)
    """
    return unflatten(flatten(like)[1], flatten(saved)[0])


def shapes(params: Nest) -> str:
    """Name the shapes and the dtype of parameters.

    Examples
    --------
    >>> shapes([(np.eye(2), np.zeros(2))])
    'float64 (2, 2) (2,)'
    """
    leaves = [np.asarray(leaf) for leaf in flatten(params)[0]]
    dtypes = sorted({str(leaf.dtype) for leaf in leaves})
    return " ".join([*dtypes, *(str(leaf.shape) for leaf in leaves)])


def _column(values: list[Any]) -> dict[str, Any]:
    """A column of the history as an array; what is None there is NaN, and told apart by a mask."""
    absent = np.array([value is None for value in values])
    known = next((value for value in values if value is not None), 0.0)
    filled = [known if value is None else value for value in values]
    return {"values": np.array(filled), "absent": absent}


def _values(column: dict[str, Any]) -> list[Any]:
    return [
        None if missing else tuple(value) if isinstance(value, list) else value
        for value, missing in zip(column["values"].tolist(), column["absent"].tolist())
    ]
