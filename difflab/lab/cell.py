"""A cell: one measurement of the grid task x provider x optimizer x seed, and its record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from difflab.lab.machine import code_version, fingerprint

SCHEMA = 1
"""Version of the record's form; part of every key."""

Status = Literal["ok", "unsupported", "timeout", "missing", "error", "crash"]

DONE: tuple[Status, ...] = ("ok", "unsupported", "timeout")
"""Records that count as finished; the others are tried again."""

EXCLUSIVE = ("cost", "convergence", "tower")
"""Kinds that measure time: they run alone, one fresh process each."""

COLUMNS = (
    "cell", "kind", "task", "provider", "optimizer", "seed", "dtype", "parameters", "batch",
    "quantity", "at", "value", "unit", "status", "reason",
)  # fmt: skip
"""The one tidy table: every measurement is a row.

``cell`` is the key of the cell that it comes from, filled in when records are joined; ``quantity``
says what was measured and ``value`` how much, in ``unit``; ``at`` is where (a step, a step size, a
depth), empty where there is only one. ``status`` and ``reason`` say why there is no value.
"""

SIZES = ("n", "width", "depth")
"""Options that say which member of a family is meant."""

Options = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """What to measure.

    Attributes
    ----------
    kind : str
        Name of the study, a key of `difflab.lab.measure.ARGUMENTS`.
    task, provider, optimizer : str
        By name; empty where the study has none.
    seed : int
        Of weights and batches; never derived from the provider.
    dtype : str
    options : tuple of (name, value)
        Further settings of the study.
    timeout : float
        Seconds after which a cell of an exclusive kind is stopped; not part of the key.
    """

    kind: str
    task: str = ""
    provider: str = ""
    optimizer: str = ""
    seed: int = 0
    dtype: str = "float64"
    options: Options = ()
    timeout: float = field(default=120.0, compare=False)

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that determines the measurement."""
        settings = asdict(self)
        del settings["timeout"]
        settings["options"] = dict(self.options)
        settings["schema"] = SCHEMA
        settings["code"] = code_version()
        if self.kind in EXCLUSIVE:
            settings["machine"] = fingerprint()
        return settings

    @property
    def key(self) -> str:
        """SHA-256 of the canonical settings, shortened: the name of the record's file."""
        text = json.dumps(self.settings, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    @property
    def label(self) -> str:
        """A short name for progress lines."""
        sizes = " ".join(str(value) for name, value in self.options if name in SIZES)
        parts = (self.kind, self.task, sizes, self.provider, self.optimizer)
        return " ".join(part for part in parts if part)

    def row(self, quantity: str, value: float, unit: str, **more: Any) -> dict[str, Any]:
        """Build one measurement of this cell as a row with the columns of `COLUMNS`."""
        row: dict[str, Any] = dict.fromkeys(COLUMNS, "")
        row.update(
            kind=self.kind, task=self.task, provider=self.provider, optimizer=self.optimizer,
            seed=self.seed, dtype=self.dtype, quantity=quantity, value=value, unit=unit,
            status="ok",
        )  # fmt: skip
        row.update(more)
        return row


@dataclass(frozen=True, slots=True)
class Record:
    """What came of a cell; one JSON file.

    Attributes
    ----------
    cell : Cell
    status : str
        ok, unsupported (refused with a reason), timeout, missing (files that are not here), error
        (raised), crash (the process died).
    rows : tuple of dict
        The measurements.
    reason : str
        Why there are none.
    traceback : str
        For errors.
    seconds : float
        Wall-clock time of the whole cell.
    """

    cell: Cell
    status: Status
    rows: tuple[Mapping[str, Any], ...] = ()
    reason: str = ""
    traceback: str = ""
    seconds: float = 0.0

    def to_json(self) -> str:
        """Serialise; NaN and infinity are spelled as JSON's common extension spells them."""
        body = {field.name: getattr(self, field.name) for field in fields(self)}
        body["cell"] = asdict(self.cell)
        body["settings"] = self.cell.settings
        return json.dumps(body, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Record:
        """Read what `to_json` wrote."""
        body = json.loads(text)
        body.pop("settings")
        cell = body.pop("cell")
        cell["options"] = tuple((name, _frozen(value)) for name, value in cell["options"])
        body["rows"] = tuple(body["rows"])
        return cls(cell=Cell(**cell), **body)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(member) for member in value) if isinstance(value, list) else value
