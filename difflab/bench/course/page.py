"""The benchmark of training as text, and its targets. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from difflab.bench.contenders.provider import COMPILED, MATRIX
from difflab.bench.course.loops import TORCH
from difflab.bench.record import ChainRow, Row
from difflab.bench.table import NOISE_MARK, not_timed, verdicts
from difflab.bench.targets import Target, ratios
from difflab.clock import NOISY, duration
from difflab.console import table

LOOP, SURFACE = "mnist", "sincos-100k"
ENGINES = (COMPILED, MATRIX)
RATIO, EPOCH, MEMORY, ACCURACY = 0.9, 6.0, 700.0, 0.973
ITERATIONS, ALL_OF_THEM = 100_000, 240.0

LEGEND = (
    "Whole training loops, one thread, float32, the same batches: seconds per epoch (mnist), per\n"
    "iteration (sincos-100k), per step of an optimizer; the shortest of rounds in turn.\n"
    "Peak: memory of a process that runs this loop alone. Accuracy: on the test set, after the\n"
    f"rounds of one process. {NOISE_MARK} median / minimum above {NOISY}: the machine was busy."
)


def page(rows: Sequence[Row], targets: Sequence[Target]) -> str:
    """Everything that was timed, then what was not and why, then the targets."""
    parts = [LEGEND, lines(rows), "\n".join(remarks(rows)), verdicts(targets)]
    return "\n\n".join(part for part in parts if part)


def lines(rows: Sequence[Row]) -> str:
    """One line per case and contender."""
    return table(
        [
            {
                "case": row.case,
                "contender": row.contender,
                "time": duration(row.timing.minimum) + NOISE_MARK * row.timing.noisy,
                f"of {TORCH}": _ratio(rows, row),
                "accuracy": "" if row.accuracy is None else f"{row.accuracy:.2%}",
                "peak": "" if row.peak is None else f"{row.peak / 1e6:.0f} MB",
                "error": "" if row.error is None else f"{row.error:.1e}",
                "rounds": f"{row.timing.samples} x {row.timing.loops}",
            }
            for row in rows
            if row.timing is not None
        ]
    )


def _ratio(rows: Sequence[Row], row: Row) -> str:
    found = ratios(rows, row.contender, TORCH).get(row.case)
    return "" if found is None else f"{found:.2f}"


def remarks(rows: Sequence[Row]) -> list[str]:
    """What was not timed and why, and what is to be known about what was."""
    told = dict.fromkeys(f"{row.case}: {row.reason}" for row in rows if row.timing and row.reason)
    return [*told, *not_timed(rows)]


def targets(rows: Sequence[Row], chain: ChainRow | None = None) -> list[Target]:  # noqa: ARG001
    """Hold measurements against the targets.

    Examples
    --------
    >>> found = targets([Row("mnist", "symbolic:matrix", "ok", accuracy=0.975)])
    >>> [target.reached for target in found if target.measured is not None]
    [True]
    """
    seconds = {(row.case, row.contender): row.timing.minimum for row in rows if row.timing}
    of_loop = {row.contender: row for row in rows if row.case == LOOP}
    held = []
    for engine in ENGINES:
        row = of_loop.get(engine)
        ratio = ratios(rows, engine, TORCH).get(LOOP)
        accuracy = None if row is None else row.accuracy
        peak = None if row is None or row.peak is None else row.peak / 1e6
        held += [
            Target(f"{engine} / {TORCH}, an epoch of mnist", RATIO, ratio),
            Target(f"{engine}, an epoch of mnist", EPOCH, seconds.get((LOOP, engine)), unit="s"),
            Target(f"{engine}, accuracy on mnist", ACCURACY, accuracy, at_least=True),
            Target(f"{engine}, peak memory on mnist", MEMORY, peak, unit="MB"),
        ]
    for engine in ENGINES:
        each = seconds.get((SURFACE, engine))
        whole = None if each is None else ITERATIONS * each
        held.append(
            Target(f"{engine}, {ITERATIONS:,} iterations of {SURFACE}", ALL_OF_THEM, whole,
                   unit="s")
        )  # fmt: skip
    return held
