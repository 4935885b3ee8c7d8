"""The swell study as tables, charts and LaTeX: pure functions of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from difflab.chart import Chart, Series
from difflab.clock import duration
from difflab.report.tables import storage
from difflab.studies.swell import SwellRow

Table = list[dict[str, str]]

SERIES = (
    ("loss", "", "loss_tree"),
    ("expanded", "", "predicted_tree"),
    ("shared", "", "predicted_dag"),
    ("cse", "cse", "emitted"),
    ("staged", "staged", "emitted"),
)
"""Lines of the chart of operations: label, form (any where empty) and column."""


def by_member(rows: Iterable[SwellRow]) -> dict[str, dict[str, SwellRow]]:
    """Rows by member and form, in the order they were measured.

    Examples
    --------
    >>> by_member([SwellRow("n 2", "cse", 2), SwellRow("n 2", "staged", 2)])["n 2"].keys()
    dict_keys(['cse', 'staged'])
    """
    found: dict[str, dict[str, SwellRow]] = {}
    for row in rows:
        found.setdefault(row.member, {})[row.form] = row
    return found


def pick(forms: Mapping[str, SwellRow], form: str, column: str) -> Any:
    """A column of one form's row, or of the first row that has it; None where there is none."""
    rows = [forms[form]] if form in forms else [] if form else list(forms.values())
    return next((v for row in rows if (v := getattr(row, column)) is not None), None)


def operations(rows: Sequence[SwellRow]) -> Table:
    """How large each member is in each form, one line per member."""
    return [
        {
            "member": member,
            "P": _count(pick(forms, "", "parameters")),
            "loss tree": _count(pick(forms, "", "loss_tree")),
            "loss DAG": _count(pick(forms, "", "loss_dag")),
            "gradient tree, predicted": _count(pick(forms, "", "predicted_tree")),
            "gradient tree": _count(pick(forms, "expanded", "tree") or pick(forms, "cse", "tree")),
            "gradient DAG": _count(pick(forms, "expanded", "dag") or pick(forms, "cse", "dag")),
            "depth": _count(pick(forms, "expanded", "depth") or pick(forms, "cse", "depth")),
            "cse": _count(pick(forms, "cse", "emitted")),
            "staged": _count(pick(forms, "staged", "emitted")),
            "staged / loss DAG": _ratio(
                pick(forms, "staged", "emitted"), pick(forms, "", "loss_dag")
            ),
            "matrix, calls": _count(pick(forms, "matrix", "emitted_nodes")),
        }
        for member, forms in by_member(rows).items()
    ]


def costs(rows: Sequence[SwellRow]) -> Table:
    """What each form costs and how wrong it is, one line per member and form."""
    return [
        {
            "member": row.member,
            "form": row.form,
            "derive": _seconds(row.derive_seconds),
            "share": _seconds(row.share_seconds),
            "emit": _seconds(row.emit_seconds),
            "compile": _seconds(row.compile_seconds),
            "first call": _seconds(row.first_seconds),
            "evaluate": _seconds(row.evaluate_seconds),
            "exp, log, ...": _count(row.calls),
            "code": "" if row.source_characters is None else storage(row.source_characters),
            "peak": "" if row.peak_bytes is None else storage(row.peak_bytes),
            "error": _error(row.error),
            "to the tape": _error(row.tape_error),
            "status": status(row),
        }
        for row in rows
    ]


def status(row: SwellRow) -> str:
    """What happened; where it was refused also what was foreseen."""
    if not row.status.startswith("refused: deriving") or row.predicted_seconds is None:
        return row.status
    foreseen = (
        f"{_count(row.predicted_tree)} operations, {duration(row.predicted_seconds)}, "
        f"{storage(row.predicted_characters or 0)} of source"
    )
    return f"{row.status}: {foreseen} predicted"


def predictions(rows: Sequence[SwellRow]) -> Table:
    """Predicted beside actual, wherever there is an actual."""
    lines = []
    for member, forms in by_member(rows).items():
        row = forms.get("expanded") or forms.get("cse")
        if row is None or row.predicted_tree is None:
            continue
        derived = row.tree is not None
        lines.append(
            {
                "member": member,
                "P": _count(row.parameters),
                "operations, predicted": _count(row.predicted_tree),
                "actual": _count(row.tree),
                "off by": _deviation(row.predicted_tree, row.tree),
                "counted": "every derivative" if row.predicted_exactly else "representatives",
                "derive, predicted": _seconds(row.predicted_seconds),
                "took": _seconds(row.derive_seconds),
                "source, predicted": storage(row.predicted_characters or 0),
                "is": "" if row.source_characters is None else storage(row.source_characters),
                "memory, predicted": storage(row.predicted_bytes or 0),
                "status": "derived" if derived else row.status,
            }
        )
    return lines


def _deviation(predicted: int, actual: int | None) -> str:
    if not actual:
        return ""
    return "exact" if predicted == actual else f"{abs(predicted / actual - 1):.2%}"


def growth(rows: Sequence[SwellRow], title: str, size: str) -> Chart:
    """Operations against the size that grows."""
    members = by_member(rows)
    lines = []
    for label, form, column in SERIES:
        points = [
            (forms_size(forms), pick(forms, form, column))
            for forms in members.values()
            if pick(forms, form, column)
        ]
        if points:
            x, y = zip(*sorted(points))
            lines.append(Series(label, tuple(map(float, x)), tuple(map(float, y)), markers=True))
    return Chart(title, size, "operations", tuple(lines), log_y=True)


def forms_size(forms: Mapping[str, SwellRow]) -> int:
    """The size of a member."""
    return next(iter(forms.values())).size


def latex(table: Sequence[Mapping[str, str]], caption: str) -> str:
    r"""Lay a table out as LaTeX, for a document with the package booktabs.

    Examples
    --------
    >>> print(latex([{"member": "n 2", "cse": "1,000"}], "Swell."))
    \begin{table}
    \caption{Swell.}
    \begin{tabular}{lr}
    \toprule
    member & cse \\
    \midrule
    n 2 & 1{,}000 \\
    \bottomrule
    \end{tabular}
    \end{table}
    """
    names = list(table[0]) if table else []
    columns = "".join("l" if name in ("member", "form", "status") else "r" for name in names)
    body = [" & ".join(map(_latex, line.values())) + r" \\" for line in table]
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{_latex(caption)}}}",
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            " & ".join(map(_latex, names)) + r" \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
        ]
    )


_ESCAPES = {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "^": r"\^{}", "~": r"\~{}"}


def _latex(text: str) -> str:
    escaped = "".join(_ESCAPES.get(letter, letter) for letter in str(text))
    digits = [
        "{,}"
        if c == "," and escaped[k - 1 : k].isdigit() and escaped[k + 1 : k + 2].isdigit()
        else c
        for k, c in enumerate(escaped)
    ]
    return "".join(digits)


def _count(value: int | None) -> str:
    if value is None:
        return ""
    if value < 10**9:
        return f"{value:,}"
    digits = str(value)  # also beyond the range of floats
    return f"{digits[0]}.{digits[1:3]}e{len(digits) - 1}"


def _ratio(above: float | None, below: float | None) -> str:
    return "" if above is None or not below else f"{above / below:.2f}"


def _seconds(value: float | None) -> str:
    return "" if value is None else duration(value)


def _error(value: float | None) -> str:
    return "" if value is None else f"{value:.1e}"
