"""What is measured, as records that travel between processes and into the file as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


def row_from(fields: Mapping[str, Any]) -> Row:
    """Read a row that came as JSON.

    Examples
    --------
    >>> row_from({"case": "deep", "contender": "autodiff", "status": "ok", "timing": None}).case
    'deep'
    """
    timing = fields.get("timing")
    return Row(**{**fields, "timing": None if timing is None else Timing(**timing)})
