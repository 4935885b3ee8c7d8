"""What is measured, as records that travel between processes and into the file as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from difflab.clock import Timing

Status = Literal["ok", "unavailable", "wrong", "failed"]


@dataclass(frozen=True, slots=True)
class Row:
    """One contender on one case.

    Attributes
    ----------
    case, contender : str
        By name.
    status : {"ok", "unavailable", "wrong", "failed"}
        Only what is ok has been timed.
    reason : str
        Why it is not ok.
    error : float or None
        Largest of three: relative error of the value, relative L2 and scaled largest error of the
        gradient, against the hand-written one.
    preparation : float or None
        Seconds, the shortest of three fresh ones.
    first_preparation : float or None
        Seconds of the first one, imports included.
    cold : float or None
        Seconds of the first call.
    timing : Timing or None
        Seconds of a warm call.
    spread : float or None
        Longest over shortest of the minima of several processes, see `best`.
    peak : int or None
        Bytes of NumPy memory that one call takes at most; of the process, for training loops.
    accuracy : float or None
        On the test set, of what a training loop has learned.
    """

    case: str
    contender: str
    status: Status
    reason: str = ""
    error: float | None = None
    preparation: float | None = None
    first_preparation: float | None = None
    cold: float | None = None
    timing: Timing | None = None
    spread: float | None = None
    peak: int | None = None
    accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class ChainRow:
    """The long chain through difflab's eager tape.

    Attributes
    ----------
    operations : int
    status : {"ok", "wrong", "failed"}
    reason : str
        Why it is not ok.
    seconds : float or None
        Value and gradient, the shortest of three.
    error : float or None
        Relative error of the derivative, which is known in closed form.
    garbage : int or None
        Objects that a collection finds after one gradient, the collector off meanwhile.
    """

    operations: int
    status: Status
    reason: str = ""
    seconds: float | None = None
    error: float | None = None
    garbage: int | None = None


def best(rows: Sequence[Row]) -> Row:
    """Choose among rows of one contender on one case that come from several processes.

    Returns
    -------
    Row
        The one with the shortest minimum, or the first that was not timed: who is wrong in one
        process is wrong. Memory is the largest of all, as some processes may not measure it.

    Examples
    --------
    >>> timing = Timing(1e-3, 1e-3, 1e-3, 1e-3, samples=15, loops=10)
    >>> slower = Timing(2e-3, 2e-3, 2e-3, 2e-3, samples=15, loops=10)
    >>> rows = [Row("deep", "x", "ok", timing=found) for found in (slower, timing)]
    >>> best(rows).timing.minimum, best(rows).spread
    (0.001, 2.0)
    >>> best([*rows, Row("deep", "x", "wrong", "off by 1")]).status
    'wrong'
    """
    timed: list[tuple[float, Row]] = []
    for row in rows:
        if row.timing is None:
            return row
        timed.append((row.timing.minimum, row))
    shortest, chosen = min(timed, key=lambda pair: pair[0])
    peak = max((row.peak for row in rows if row.peak is not None), default=None)
    spread = max(minimum for minimum, _ in timed) / shortest
    return replace(chosen, spread=spread, peak=peak)


def best_chain(rows: Sequence[ChainRow]) -> ChainRow:
    """Choose the shortest, or the first that is not ok.

    Examples
    --------
    >>> rows = [ChainRow(100, "ok", seconds=seconds) for seconds in (3.0, 2.0)]
    >>> best_chain(rows).seconds, best_chain([*rows, ChainRow(100, "failed")]).status
    (2.0, 'failed')
    """
    failed = [row for row in rows if row.seconds is None or row.status != "ok"]
    return failed[0] if failed else min(rows, key=lambda row: row.seconds or 0.0)


def row_from(fields: Mapping[str, Any]) -> Row:
    """Read a row that came as JSON.

    Examples
    --------
    >>> row_from({"case": "deep", "contender": "autodiff", "status": "ok", "timing": None}).case
    'deep'
    """
    timing = fields.get("timing")
    return Row(**{**fields, "timing": None if timing is None else Timing(**timing)})
