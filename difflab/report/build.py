"""Building a report: from records to the texts of its files, and writing them without a half.

`build` is pure: same records, same environment, same bytes. `write` puts the files in place one by
one, each complete, the page last.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from difflab.conventions import LOSS_CONVENTION
from difflab.errors import OutputError
from difflab.files import cannot_write, write_atomically
from difflab.lab.cell import SCHEMA, Record
from difflab.lab.machine import code_version
from difflab.report import markdown
from difflab.report.card import Card, make_card
from difflab.report.cards import CARDS, CHAPTERS
from difflab.report.draw import draw
from difflab.report.rows import as_files, without_rows
from difflab.report.tables import tidy

TITLE = "Three ways to differentiate: symbolic, numerical, automatic"
MANIFEST = "manifest.json"
ENDING = (
    f"Loss convention: {LOSS_CONVENTION}. Every number above is in "
    "[tables/measurements.csv](tables/measurements.csv), the rows behind the course's figures in "
    "tables/rows-*.csv; how and where it was measured is in [manifest.json](manifest.json)."
)


def build(
    records: Sequence[Record], environment: Mapping[str, str], command: str
) -> dict[str, str]:
    """Build every file of the report.

    Parameters
    ----------
    records : sequence of Record
    environment : mapping
        From `difflab.lab.machine.environment`.
    command : str
        What was typed.

    Returns
    -------
    dict of str to str
        Text by path relative to the report's folder; ``report.html`` comes last.
    """
    table = tidy(records)
    cards = [make_card(key, title, maker, table) for key, title, maker in CARDS]
    cards.append(_environment_card(environment, command))
    cards, svg = _draw_all(cards)
    preamble = [
        "One plain NumPy function per task, differentiated by every provider; every number was "
        "measured by the command below.",
        f"{command} on {environment['cpu']}, Python {environment['python']}, "
        f"NumPy {environment['numpy']}, one BLAS thread. Loss: {LOSS_CONVENTION}.",
    ]
    chapters = _chapters(cards)
    context = {
        "title": TITLE,
        "preamble": preamble,
        "chapters": chapters,
        "svg": {name: _inline(text) for name, text in svg.items()},
        "convention": f"Loss convention: {LOSS_CONVENTION}",
    }
    files = {f"figures/{name}.svg": text for name, text in svg.items()}
    files["tables/measurements.csv"] = _csv_of(without_rows(table))
    files.update({f"tables/{name}.csv": text for name, text in as_files(table).items()})
    files.update({f"tables/{card.key}.csv": _csv(card.table) for card in cards if card.table})
    files["report.md"] = markdown.render(TITLE, preamble, chapters, ENDING)
    files[MANIFEST] = _manifest(records, environment, command)
    files["report.html"] = _page(context)
    return files


def _chapters(cards: Sequence[Card]) -> list[tuple[str, list[Card]]]:
    """Titles with their cards; cards that no chapter names belong to the last one."""
    title_of = {key: title for title, entries in CHAPTERS for key, *_ in entries}
    last = CHAPTERS[-1][0]
    return [
        (title, [card for card in cards if title_of.get(card.key, last) == title])
        for title, _ in CHAPTERS
    ]


def _environment_card(environment: Mapping[str, str], command: str) -> Card:
    rows = [{"what": name, "here": value} for name, value in environment.items()]
    return Card("environment", "Environment", f"Made by: {command}", rows)


def _draw_all(cards: Sequence[Card]) -> tuple[list[Card], dict[str, str]]:
    """Draw every figure; a card whose figure fails becomes an error card."""
    kept, svg = [], {}
    for card in cards:

        def drawn(_: Any, card: Card = card) -> Card:
            svg.update({figure.name: draw(figure) for figure in card.figures})
            return card

        kept.append(make_card(card.key, card.title, drawn, None))  # type: ignore[arg-type]
    return kept, svg


def _inline(svg: str) -> str:
    """Cut the XML head off, so that the drawing can stand inside HTML."""
    return svg[svg.index("<svg") :]


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    import pandas as pd

    return _csv_of(pd.DataFrame(list(rows)))


def _csv_of(frame: Any) -> str:
    return str(frame.to_csv(index=False, lineterminator="\n"))


def _page(context: Mapping[str, Any]) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    engine = Environment(
        loader=PackageLoader("difflab.report"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    engine.filters["cell_class"] = _cell_class
    return engine.get_template("report.html.j2").render(context)


ABSENT = ("unsupported", "timeout", "pending", "missing", "error", "crash", "not judged")
"""How a cell begins that says why there is no number, or no verdict."""


def _cell_class(cell: Any) -> Any:
    """Mark verdicts and reasons, so that the eye finds them."""
    from markupsafe import Markup

    word = str(cell)
    if word in ("right", "within", "rejected", "holds"):
        return Markup(' class="right"')
    if word in ("outside", "accepted", "wrong on the slide") or word.split(" ")[-1] == "wrong":
        return Markup(' class="wrong"')
    if len(word) > 40 or word.startswith(
        ("unsupported", "timeout", "pending", "missing", "error", "crash", "not judged")
    ):
        return Markup(' class="reason"')
    return ""


def _manifest(records: Sequence[Record], environment: Mapping[str, str], command: str) -> str:
    body = {
        "schema": SCHEMA,
        "command": command,
        "environment": dict(environment),
        "source": code_version(),
        "threads": "1 BLAS thread per process",
        "seeds": sorted({record.cell.seed for record in records}),
        "cells by status": dict(sorted(Counter(record.status for record in records).items())),
        "cells": [
            {
                "key": record.cell.key,
                "label": record.cell.label,
                "status": record.status,
                "reason": record.reason,
                "seconds": round(record.seconds, 3),
            }
            for record in sorted(records, key=lambda r: (r.cell.label, r.cell.key))
        ],
    }
    return json.dumps(body, indent=1) + "\n"


def check_folder(folder: Path) -> None:
    """Make sure, before anything is measured, that a report can be written to ``folder``.

    Raises
    ------
    OutputError
        When it is a file, holds something else than a report, or cannot be written.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise OutputError(
                f"{folder} is a file", "a report is a folder", "another name: --out reports/mine"
            )
        others = [p for p in folder.iterdir() if p.name != ".cells"] if folder.exists() else []
        if others and not (folder / MANIFEST).is_file():
            raise OutputError(
                f"{folder} exists and is no report",
                f"it holds {others[0].name}, and would be mixed up with the report's files",
                "an empty or new folder: --out reports/mine",
            )
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / ".cells" / ".probe", "")
        (folder / ".cells" / ".probe").unlink()
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise cannot_write(folder, error) from error


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files of a report, and remove figures and tables of an earlier one.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    for name, text in files.items():
        write_atomically(folder / name, text)
    for old in [*(folder / "figures").glob("*.svg"), *(folder / "tables").glob("*.csv")]:
        if old.relative_to(folder).as_posix() not in files:
            old.unlink()
