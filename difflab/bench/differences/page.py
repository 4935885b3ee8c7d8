"""The benchmark of finite differences as text: one table per case, then the targets. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from difflab.bench.differences.rivals import FORWARD
from difflab.bench.record import Row
from difflab.bench.table import NOISE_MARK, not_timed, verdicts
from difflab.bench.targets import Target, ratios
from difflab.clock import NOISY, duration
from difflab.console import table

LEGEND = (
    "Value and gradient, one thread: shortest time, and how many forward passes (the plain loss)\n"
    "fit into it. Error: ||g - truth|| / ||truth||, the truth by reverse mode in float64.\n"
    "A finite-difference scheme alone is the layered evaluator. Peak: NumPy memory of one call.\n"
    f"{NOISE_MARK} median / minimum above {NOISY}: the machine was busy with something else. "
    "Times of a single call have no samples to tell."
)


def page(rows: Sequence[Row], targets: Sequence[Target]) -> str:
    """Every case, then what was not timed and why, then the targets."""
    cases = list(dict.fromkeys(row.case for row in rows))
    parts = [LEGEND]
    for case in cases:
        parts += [case, one_case([row for row in rows if row.case == case])]
    missing = not_timed(rows)
    return "\n\n".join([*parts, *(["\n".join(missing)] if missing else []), verdicts(targets)])


def one_case(rows: Sequence[Row]) -> str:
    """Lay out the rivals of one case."""
    lines = []
    for row in rows:
        if row.timing is None:
            continue
        passes = ratios(rows, row.contender, FORWARD).get(row.case)
        lines.append(
            {
                "": row.contender,
                "passes": ""
                if passes is None
                else f"{passes:,.3g}"
                if passes < 1000
                else f"{passes:,.0f}",
                "time": duration(row.timing.minimum) + NOISE_MARK * row.timing.noisy,
                "error": "" if row.error is None else f"{row.error:.1e}",
                "peak": "" if row.peak is None else f"{row.peak / 1e6:.3g} MB",
                "preparation": "" if row.preparation is None else duration(row.preparation),
                "samples": f"{row.timing.samples} x {row.timing.loops}",
                "processes": "" if row.spread is None else f"{row.spread:.2f}",
            }
        )
    return table(lines)
