"""The benchmark as text: times with ratios, details, targets. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from difflab.bench.contenders import YARDSTICK
from difflab.bench.record import ChainRow, Row
from difflab.bench.targets import Target, geometric_mean, ratios
from difflab.clock import NOISY, duration
from difflab.console import table

NOISE_MARK = "~"

LEGEND = (
    f"Shortest time of a call, value and gradient, one thread; behind it the ratio to "
    f"{YARDSTICK.name}.\n"
    f"{NOISE_MARK} median / minimum above {NOISY}: the machine was busy with something else.\n"
    "Column processes: longest over shortest minimum of the processes that measured it."
)


def page(rows: Sequence[Row], chain: ChainRow | None, targets: Sequence[Target]) -> str:
    """Everything that was measured, then what was not and why, then the targets."""
    parts = [LEGEND, times(rows), details(rows)] if rows else []
    missing = not_timed(rows)
    if chain is not None and chain.status != "ok":
        missing.append(f"chain: {chain.status}: {chain.reason}")
    return "\n\n".join([*parts, *(["\n".join(missing)] if missing else []), verdicts(targets)])


def times(rows: Sequence[Row]) -> str:
    """Lay out cases by contenders, with the geometric mean of the ratios below."""
    cases = list(dict.fromkeys(row.case for row in rows))
    contenders = list(dict.fromkeys(row.contender for row in rows))
    cells = {(row.case, row.contender): row for row in rows}
    relative = {name: ratios(rows, name, YARDSTICK.name) for name in contenders}
    lines = [
        {
            "case": case,
            **{
                name: _time(cells.get((case, name)), relative[name].get(case))
                for name in contenders
            },
        }
        for case in cases
    ]
    means = {name: _mean(list(relative[name].values()), len(cases)) for name in contenders}
    return table([*lines, {"case": "geometric mean", **means}])


def _time(row: Row | None, ratio: float | None) -> str:
    if row is None or row.timing is None:
        return "" if row is None else row.status
    mark = NOISE_MARK if row.timing.noisy else ""
    alone = duration(row.timing.minimum) + mark
    return alone if ratio is None or row.contender == YARDSTICK.name else f"{alone} {ratio:.2f}"


def _mean(found: list[float], cases: int) -> str:
    mean = geometric_mean(found)
    if mean is None:
        return ""
    return f"{mean:.2f}" if len(found) == cases else f"{mean:.2f} of {len(found)}"


def details(rows: Sequence[Row]) -> str:
    """Lay out one line per contender and case that was timed."""
    return table(
        [
            {
                "case": row.case,
                "contender": row.contender,
                "minimum": duration(row.timing.minimum),
                "median": duration(row.timing.median),
                "median/min": f"{row.timing.median / row.timing.minimum:.2f}",
                "processes": "" if row.spread is None else f"{row.spread:.2f}",
                "samples": f"{row.timing.samples} x {row.timing.loops}",
                "preparation": _duration(row.preparation),
                "first call": _duration(row.cold),
                "error": "" if row.error is None else f"{row.error:.1e}",
            }
            for row in rows
            if row.timing is not None
        ]
    )


def _duration(seconds: float | None) -> str:
    return "" if seconds is None else duration(seconds)


def not_timed(rows: Sequence[Row]) -> list[str]:
    """Say for each contender without a time why; once where it is the same on every case.

    Examples
    --------
    >>> not_timed([Row(case, "x", "unavailable", "not installed") for case in ("a", "b")])
    ['x: unavailable: not installed']
    """
    cases = {row.case for row in rows}
    groups: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        if row.timing is None:
            groups.setdefault((row.contender, row.status, row.reason), []).append(row.case)
    return [
        f"{contender}{'' if set(where) == cases else ' on ' + ', '.join(where)}: {status}: {reason}"
        for (contender, status, reason), where in groups.items()
    ]


def verdicts(targets: Sequence[Target]) -> str:
    """Lay out targets, what was measured, and whether each is reached."""
    words = {True: "yes", False: "no", None: "not measured"}
    return table(
        [
            {
                "target": target.name,
                "bound": _bound(target),
                "measured": "" if target.measured is None else _number(target),
                "reached": words[target.reached],
            }
            for target in targets
        ]
    )


def _bound(target: Target) -> str:
    sign = ">=" if target.at_least else "<="
    return f"{sign} {target.bound:g} {target.unit}".strip()


def _number(target: Target) -> str:
    return f"{target.measured:.4g} {target.unit}".strip()
