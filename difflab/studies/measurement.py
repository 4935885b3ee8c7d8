"""One measured number; what every study returns a list of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measurement:
    """A number with its name and unit.

    Attributes
    ----------
    quantity : str
        What was measured, such as ``"relative L2 error"``.
    value : float or str
        How much; text for names, such as that of a worst entry.
    unit : str
        Such as ``"s"``, ``"1"`` for ratios, ``"operations"``, ``""`` for text.
    at : float or str
        Where: a step, a step size, a phase; empty where there is only one.
    parameters, batch : int
        P and the number of samples; 0 where they mean nothing.
    """

    quantity: str
    value: float | str
    unit: str
    at: float | str = ""
    parameters: int = 0
    batch: int = 0
