"""The targets: ratios that the tape has to reach, each with what was measured. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from difflab.bench.contenders import (
    COMPILED,
    EAGER,
    MATRIX,
    YARDSTICK,
    HipsAutograd,
    JaxJit,
    Textbook,
    TorchEager,
)
from difflab.bench.record import ChainRow, Row


@dataclass(frozen=True, slots=True)
class Target:
    """A bound, and what was measured.

    Attributes
    ----------
    name : str
    bound : float
    measured : float or None
        None where something needed for it was not timed.
    at_least : bool
        Whether the bound is a lower one.
    unit : str
        Empty for ratios and counts.
    """

    name: str
    bound: float
    measured: float | None
    at_least: bool = False
    unit: str = ""

    @property
    def reached(self) -> bool | None:
        """None where nothing was measured."""
        if self.measured is None:
            return None
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound


def geometric_mean(ratios: Iterable[float]) -> float | None:
    """Return the geometric mean, None of nothing.

    Examples
    --------
    >>> round(geometric_mean([0.5, 2.0, 8.0]), 12)
    2.0
    """
    logarithms = [math.log(ratio) for ratio in ratios]
    return math.exp(math.fsum(logarithms) / len(logarithms)) if logarithms else None


def ratios(rows: Iterable[Row], above: str, below: str) -> dict[str, float]:
    """Return, by case, how many times as long one contender takes as another; of minima."""
    seconds = {(row.case, row.contender): row.timing.minimum for row in rows if row.timing}
    return {
        case: seconds[case, above] / seconds[case, below]
        for case, contender in seconds
        if contender == above and (case, below) in seconds
    }


def symbolic_targets(rows: Sequence[Row], chain: ChainRow | None = None) -> list[Target]:  # noqa: ARG001
    """Hold measurements of matrix calculus against its targets."""
    found = ratios(rows, MATRIX, YARDSTICK.name)
    prepared = [row.preparation for row in rows if row.contender == MATRIX and row.preparation]
    named = f"{MATRIX} / {YARDSTICK.name}, geometric mean of {len(found)} cases"
    return [
        Target(named, 1.05, geometric_mean(found.values())),
        Target(f"longest preparation of {MATRIX}", 0.3, max(prepared, default=None), unit="s"),
    ]


def autodiff_targets(rows: Sequence[Row], chain: ChainRow | None) -> list[Target]:
    """Hold measurements of the tape against its targets."""
    hand, torch, jax = YARDSTICK.name, TorchEager().name, JaxJit().name
    hips = HipsAutograd().name

    def over_cases(above: str, below: str, bound: float) -> Target:
        found = ratios(rows, above, below)
        named = f"{above} / {below}, geometric mean of {len(found)} cases"
        return Target(named, bound, geometric_mean(found.values()))

    def on(case: str, above: str, below: str, bound: float, at_least: bool = False) -> Target:
        found = ratios(rows, above, below).get(case)
        return Target(f"{above} / {below} on {case}", bound, found, at_least)

    textbook = Textbook().name
    held = [
        over_cases(COMPILED, hand, 1.05),
        over_cases(COMPILED, torch, 0.65),
        over_cases(COMPILED, jax, 1.0),
        on("4-16-16-3", EAGER, hand, 2.2),
        on("784-128-10", EAGER, hand, 1.15),
        on("4-16-16-3", EAGER, textbook, 2.2),
        on("784-128-10", EAGER, textbook, 1.15),
        on("4-16-16-3", hips, EAGER, 5.0, at_least=True),
    ]
    if chain is not None:
        seconds = chain.seconds if chain.status == "ok" else None
        operations = f"{chain.operations:,} operations"
        held.append(Target(f"{EAGER}, chain of {operations}", 1.5, seconds, unit="s"))
        held.append(Target("objects left to the garbage collector", 0, chain.garbage))
    return held
