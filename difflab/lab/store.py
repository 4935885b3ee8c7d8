"""The store: one JSON file per cell, named by the cell's key.

A run that is killed at any moment loses only the cells in flight; the next run finds the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from difflab.files import write_atomically
from difflab.lab.cell import DONE, Cell, Record


@dataclass(frozen=True, slots=True)
class Store:
    """Records in a folder.

    Parameters
    ----------
    folder : Path
        Made when the first record is written.
    """

    folder: Path

    def path(self, cell: Cell) -> Path:
        """File of a cell's record."""
        return self.folder / f"{cell.key}.json"

    def find(self, cell: Cell) -> Record | None:
        """Return the record of a cell, or None; a file that cannot be read counts as none."""
        try:
            record = Record.from_json(self.path(cell).read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return record if record.cell == cell else None

    def is_done(self, cell: Cell) -> bool:
        """Whether the cell need not run: it succeeded, was refused, or timed out."""
        record = self.find(cell)
        return record is not None and record.status in DONE

    def save(self, record: Record) -> None:
        """Write a record under its cell's key."""
        write_atomically(self.path(record.cell), record.to_json())

    def forget(self, cell: Cell) -> None:
        """Remove the record of a cell, if there is one."""
        self.path(cell).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what writers that were killed have left behind."""
        for path in self.folder.glob(".*.json.*"):
            path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove all records."""
        for path in self.folder.glob("*.json"):
            path.unlink()
