"""What finite differences of networks have to reach, each with what was measured. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from difflab.bench.differences.rivals import FORWARD
from difflab.bench.record import ChainRow, Row
from difflab.bench.targets import Target, ratios

NET, NARROW, SOFTMAX, DIGITS = "sincos", "sincos-float32", "64-32-10", "digits"
CENTRAL, FOURTH, SIXTH = (f"finite-difference:{s}" for s in ("central", "central-4", "central-6"))
NODE = f"{CENTRAL}:node"
MEMORY = 500.0
"""MB."""


def targets(rows: Sequence[Row], chain: ChainRow | None = None) -> list[Target]:  # noqa: ARG001
    """Hold measurements against the targets.

    Examples
    --------
    >>> found = targets([Row("64-32-10", "finite-difference:central", "ok", error=5e-12)])
    >>> [target.reached for target in found if target.measured is not None]
    [True]
    """
    errors = {(row.case, row.contender): row.error for row in rows if row.status == "ok"}

    def passes(contender: str, bound: float) -> Target:
        found = ratios(rows, contender, FORWARD).get(NET)
        return Target(f"{contender} on {NET}", bound, found, unit="forward passes")

    def error(contender: str, case: str, bound: float) -> Target:
        return Target(f"error of {contender} on {case}", bound, errors.get((case, contender)))

    peaks = [row.peak / 1e6 for row in rows if row.case == NET and row.peak is not None]
    return [
        passes(CENTRAL, 200),
        passes(NODE, 55),
        error(CENTRAL, NET, 3e-12),
        error(SIXTH, NET, 1e-14),
        error(FOURTH, NARROW, 5e-7),
        error(CENTRAL, SOFTMAX, 1e-11),
        error(CENTRAL, DIGITS, 1e-11),
        Target(f"peak memory on {NET}", MEMORY, max(peaks, default=None), unit="MB"),
    ]
