"""The evaluated lecture as plain lines, Markdown and JSON; errata and counts at the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from difflab.course.checks_mnist import Mnist
from difflab.course.descent import UPDATES
from difflab.course.errata import ERRATA, Erratum, lesson
from difflab.course.evaluate import Evaluated, counts
from difflab.course.row import Values, Verdict
from difflab.course.slides import TITLES

SHOWN_ENTRIES = 4
"""Longer vectors are cut."""

COLUMNS = ("slide", "symbolic", "numerical", "automatic", "truth")

Paint = Callable[[str, str], str]
"""``paint(text, verdict)`` colours a text."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An erratum with its numbers, spelled."""

    erratum: Erratum
    numbers: str
    verdicts: tuple[Verdict, ...]


def spell(values: Values) -> str:
    """Spell a number or a vector; nothing where there is none.

    Examples
    --------
    >>> spell((0.154627993,)), spell((1.0, 2.5)), spell(()), spell((0.0,) * 9)
    ('0.154628', '(1, 2.5)', '', '(0, 0, 0, 0, ...)')
    """
    told = [f"{value + 0.0:.6g}" for value in values[:SHOWN_ENTRIES]]
    if len(values) > SHOWN_ENTRIES:
        told.append("...")
    return told[0] if len(values) == 1 else f"({', '.join(told)})" if told else ""


def cells(each: Evaluated) -> dict[str, str]:
    """What the slide, the engines and the truth give, spelled; without what is not there.

    The truth is left out where the engines confirm it.
    """
    found = each.finding
    every = {"slide": found.slide, **found.engines}
    if not found.engines:
        every["truth"] = found.truth
    return {name: spell(every[name]) for name in COLUMNS if every.get(name)}


def show_errata(evaluated: Sequence[Evaluated], files: Mnist | str) -> tuple[Shown, ...]:
    """Work out the numbers of every erratum, beside the verdicts of its rows."""
    verdicts = {each.row.key: each.finding.verdict for each in evaluated}
    shown = []
    for erratum in ERRATA:
        numbers = "; ".join(f"{e.what} {e.value:.6g}" for e in erratum.show(files))
        if erratum.needs_files and isinstance(files, str):
            numbers = f"needs the MNIST files; try: {files}"
        shown.append(Shown(erratum, numbers, tuple(verdicts[key] for key in erratum.rows)))
    return tuple(shown)


def lesson_text() -> str:
    """Say in two sentences what the errata teach, with this run's numbers."""
    true, wrong = lesson()
    compared = "lower" if wrong.loss < true.loss else "higher"
    found = "finds it" if not wrong.passes else "does not find it"
    return (
        f"With the right sign and the slide's sigma' at both units, {UPDATES} updates reach L = "
        f"{wrong.loss:.5g}, {compared} than the true gradient's {true.loss:.6g}. A falling loss "
        f"proves nothing: the gradient check {found}, and "
        f"{'passes' if true.passes else 'refuses'} the true gradient."
    )


def summary(evaluated: Sequence[Evaluated]) -> str:
    """The last line: how many rows there are, and their verdicts.

    Examples
    --------
    >>> summary([])
    '0 rows of 51 slides'
    """
    told = [f"{verdict} {count}" for verdict, count in counts(evaluated).items()]
    head = f"{len(evaluated)} rows of {len(TITLES)} slides"
    return f"{head}: {', '.join(told)}" if told else head


def by_slide(evaluated: Sequence[Evaluated]) -> Iterator[tuple[int, str, list[Evaluated]]]:
    """Number, title and rows of every slide that has some."""
    for number, group in groupby(evaluated, key=lambda each: each.row.slides[0]):
        yield number, TITLES[number - 1], list(group)


def plain(evaluated: Sequence[Evaluated], paint: Paint | None = None) -> str:
    """Lay the rows out, slide by slide.

    Parameters
    ----------
    evaluated : sequence of Evaluated
    paint : callable or None
        For a terminal.
    """
    lines = []
    for number, title, rows in by_slide(evaluated):
        lines.append(f"{number}  {title}")
        for each in rows:
            lines += [f"    {line.strip()}" for line in _first_lines(each.row.text)]
            lines += _judged(each, paint)
        lines.append("")
    return "\n".join(lines)


def _judged(each: Evaluated, paint: Paint | None) -> list[str]:
    found = each.finding
    verdict = paint(found.verdict, found.verdict) if paint else found.verdict
    told = "  ".join(f"{name} {value}" for name, value in cells(each).items())
    lines = [f"      {_cut(each.row.formula)}"] if each.row.formula else []
    lines.append(f"      {told}  -> {verdict}" if told else f"      -> {verdict}")
    return [*lines, f"      {found.note}"] if found.note else lines


def _first_lines(text: str, most: int = 5) -> list[str]:
    lines = [line for line in text.splitlines() if not line.startswith("```")]
    return lines if len(lines) <= most else [*lines[:most], "..."]


def _cut(text: str, most: int = 96) -> str:
    return text if len(text) <= most else f"{text[:most]}..."


def errata_plain(shown: Sequence[Shown]) -> str:
    """Lay the errata out, numbered, with the lesson below."""
    lines = ["Errata"]
    for number, each in enumerate(shown, 1):
        verdicts = ", ".join(dict.fromkeys(each.verdicts))
        lines.append(f"{number:2}  {each.erratum.says}  -> {verdicts}")
        lines.append(f"    correct: {each.erratum.correct}")
        lines.append(f"    {each.numbers}")
    return "\n".join([*lines, "", lesson_text(), ""])


def markdown(evaluated: Sequence[Evaluated], shown: Sequence[Shown]) -> str:
    """Write a page of Markdown: a table per slide, the errata, the counts."""
    blocks = ["# The lecture, line by line", summary(evaluated) + "."]
    for number, title, rows in by_slide(evaluated) if evaluated else ():
        blocks.append(f"## {number}. {_escape(title)}")
        blocks.append(_table([_as_row(each) for each in rows]))
    blocks.append("## Errata")
    blocks.append(
        _table(
            [
                {
                    "slide says": each.erratum.says,
                    "correct": each.erratum.correct,
                    "numbers": each.numbers,
                }
                for each in shown
            ]
        )
    )
    return "\n\n".join([*blocks, lesson_text()]) + "\n"


def _as_row(each: Evaluated) -> dict[str, str]:
    values = cells(each)
    return {
        "printed": each.row.text.replace("```\n", "").replace("\n```", ""),
        "formula": each.row.formula,
        **{name: values.get(name, "") for name in COLUMNS},
        "verdict": each.finding.verdict,
        "note": each.finding.note,
    }


def _table(rows: Sequence[Mapping[str, str]]) -> str:
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    head, *rest = ("| " + " | ".join(map(_escape, line)) + " |" for line in lines)
    return "\n".join([head, "|" + " --- |" * len(rows[0]), *rest])


def _escape(text: str) -> str:
    for character in "\\|*_$<":
        text = text.replace(character, f"\\{character}")
    return text.replace("\n", "<br>")


def as_json(evaluated: Sequence[Evaluated], shown: Sequence[Shown]) -> str:
    """Write everything as JSON: rows with all digits, errata, the lesson, counts."""
    body: dict[str, Any] = {
        "rows": [
            {
                "key": each.row.key,
                "slides": each.row.slides,
                "title": each.title,
                "text": each.row.text,
                "formula": each.row.formula,
                "kind": each.row.kind,
                "slide": each.finding.slide,
                "engines": dict(each.finding.engines),
                "truth": each.finding.truth,
                "error": each.finding.error if each.finding.error < float("inf") else None,
                "verdict": each.finding.verdict,
                "note": each.finding.note,
            }
            for each in evaluated
        ],
        "errata": [
            {
                "slide says": each.erratum.says,
                "correct": each.erratum.correct,
                "rows": each.erratum.rows,
                "verdicts": each.verdicts,
                "numbers": each.numbers,
            }
            for each in shown
        ],
        "lesson": lesson_text(),
        "counts": dict(counts(evaluated)),
    }
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"
