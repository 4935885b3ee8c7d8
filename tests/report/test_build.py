"""A report from few measured cells: complete, deterministic, and whole when a part is not."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from difflab.errors import OutputError
from difflab.lab.cell import COLUMNS, Cell, Record
from difflab.lab.course import BOUNDARIES
from difflab.lab.profiles import cells
from difflab.lab.run import run_cell
from difflab.report import build as build_module
from difflab.report import card as card_module
from difflab.report.build import MANIFEST, build, check_folder, write
from difflab.report.card import Card, make_card
from difflab.report.cards import CARDS, convergence, correctness, cost, health, preparation, verdict
from difflab.report.tables import tidy

ENVIRONMENT = {"cpu": "a <fast> one", "python": "3.11", "numpy": "2.4"}
COMMAND = "difflab report --profile quick"
VOID = {"meta", "br", "img", "input", "hr", "link"}


COURSE: dict[str, tuple[str, ...]] = {
    "simplest": ("steps=50",),
    "linear-regression": ("steps=300", "descent_steps=100"),
    "local-optima": ("steps=50", "starts=5"),
    **{run.name: ("steps=3",) for run in BOUNDARIES},
}
"""Runs of the course that take part, and how they are shortened; other cards read pending."""


def cheap(cell: Cell) -> bool:
    """Cells that take milliseconds: enough of every kind for every card to be drawn."""
    if cell.kind in ("cost", "convergence") and cell.task not in ("simplest", "sincos-small"):
        return False
    if (
        cell.provider in ("torch", "symbolic:expanded", "complex-step")
        and cell.kind != "truncation"
    ):
        return False
    if cell.kind == "course":
        return cell.task in COURSE
    if cell.kind == "accuracy":
        return cell.task in ("simplest", "linear-regression")
    if cell.kind == "swell":
        return cell.task != "mlp" or dict(cell.options)["depth"] <= 2
    if cell.kind == "tower":
        return cell.task in ("1-1-1", "1-4-1")
    return True


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """Measured for real, with less patience."""
    found = []
    for cell in filter(cheap, cells("quick")):
        options = {**dict(cell.options)}
        if cell.kind == "cost":
            options["budget"] = 0.01
        if cell.kind == "convergence" and cell.optimizer:
            options["steps"] = 105
        if cell.kind == "course":
            options["reduced"] = COURSE[cell.task]
        found.append(run_cell(Cell(**{**_fields(cell), "options": tuple(options.items())})))
    found.append(
        Record(Cell("cost", "digits", "symbolic:cse"), "unsupported", reason="too large: 1e9")
    )
    assert {record.status for record in found} == {"ok", "unsupported"}, [
        record.reason for record in found
    ]
    return found


def _fields(cell: Cell) -> dict[str, Any]:
    names = ("kind", "task", "provider", "optimizer", "seed", "dtype", "timeout")
    return {name: getattr(cell, name) for name in names}


@pytest.fixture(scope="module")
def files(records: list[Record]) -> dict[str, str]:
    return build(records, ENVIRONMENT, COMMAND)


FIGURES = 17
"""Of all cards together."""


class Page(HTMLParser):
    """Checks nesting and collects headings, anchors and references to elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.drawings = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if tag == "section":
            self.ids.append(str(values["id"]))
        if tag == "a":
            self.links.append(str(values["href"]))
        self.drawings += tag == "svg"
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_startendtag(self, tag: str, attributes: Any) -> None:
        pass


def test_every_card_is_there_and_none_failed(files: dict[str, str]) -> None:
    page = Page()
    page.feed(files["report.html"])
    assert page.stack == []
    assert page.ids == [key for key, *_ in CARDS] + ["environment"]
    assert page.links == [f"#{key}" for key in page.ids]
    assert page.drawings == FIGURES
    assert "could not be built" not in files["report.html"]
    assert "could not be built" not in files["report.md"]


def test_the_page_needs_no_network_and_escapes_what_it_shows(files: dict[str, str]) -> None:
    html = files["report.html"]
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!#)", html.replace("xlink:href", "xlink"))
    assert "@import" not in html
    assert "a &lt;fast&gt; one" in html


def test_figures_and_tables_are_files_of_their_own(files: dict[str, str]) -> None:
    drawings = [name for name in files if name.endswith(".svg")]
    assert len(drawings) == FIGURES
    for name in drawings:
        ElementTree.fromstring(files[name])
        assert f"]({name})" in files["report.md"]
    rows = list(csv.DictReader(StringIO(files["tables/measurements.csv"])))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) > 300
    assert {"verdict", "correctness", "cost", "tasks"} <= {
        Path(name).stem for name in files if name.startswith("tables/")
    }


def test_markdown_tables_have_as_many_cells_as_columns(files: dict[str, str]) -> None:
    lines = [line for line in files["report.md"].splitlines() if line.startswith("|")]
    assert lines
    width = 0
    for line in files["report.md"].splitlines():
        count = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        if count and width:
            assert count == width, line
        width = count


def test_the_manifest_says_what_was_done(files: dict[str, str], records: list[Record]) -> None:
    manifest = json.loads(files[MANIFEST])
    assert manifest["command"] == COMMAND
    assert manifest["environment"] == ENVIRONMENT
    assert re.fullmatch("[0-9a-f]{12}", manifest["source"])
    assert sum(manifest["cells by status"].values()) == len(records) == len(manifest["cells"])


def test_same_records_same_bytes(files: dict[str, str], records: list[Record]) -> None:
    assert build(records[::-1], ENVIRONMENT, COMMAND) == files


def test_the_controls_are_rejected_and_the_honest_are_right(records: list[Record]) -> None:
    table = tidy(records)
    assert correctness.verdicts(table, "control:noise") == (0, 2)
    assert correctness.verdicts(table, "autodiff") == (2, 2)
    rows = {row["provider"]: row for row in correctness.card(table).table}
    assert rows["control:zeros"]["simplest"] == "rejected"
    assert rows["control:zeros"]["digits"].startswith("pending")
    assert float(rows["autodiff"]["simplest"]) < 1e-13


def test_an_accepted_control_and_a_wrong_provider_show(records: list[Record]) -> None:
    """Negative control of the card itself: verdicts are read, not assumed."""
    table = tidy(records)
    mask = (table["quantity"] == "verdict") & (table["task"] == "simplest")
    table.loc[mask, "value"] = np.where(
        table.loc[mask, "provider"].str.startswith("control"), "right", "wrong"
    )
    rows = {row["provider"]: row for row in correctness.card(table).table}
    assert rows["control:noise"]["simplest"] == "accepted"
    assert rows["autodiff"]["simplest"].endswith("wrong")
    assert "5 of 6 wrong-on-purpose" not in correctness.card(table).takeaway
    assert "3 of 6 wrong-on-purpose" in correctness.card(table).takeaway


def test_a_promise_that_is_not_kept_shows(records: list[Record]) -> None:
    table = tidy(records)
    kept = {row["provider"]: row["verdict"] for row in verdict.card(table).table}
    assert kept["autodiff"] == kept["finite-difference:central"] == "within"
    mask = (table["quantity"] == "relative L2 error") & (table["provider"] == "autodiff")
    table.loc[mask, "value"] = 1e-9
    broken = {row["provider"]: row["verdict"] for row in verdict.card(table).table}
    assert broken["autodiff"] == "outside"


def test_a_curve_that_leaves_the_others_shows(records: list[Record]) -> None:
    table = tidy(records)
    rows = {row["provider"]: row for row in convergence.card(table).table}
    assert rows["symbolic:matrix"]["at most 1e-10"] == "within"
    assert rows["autodiff"]["at most 1e-10"] == ""
    assert rows["finite-difference:central"]["at most 1e-10"] == ""
    mask = (table["quantity"] == "batch loss") & (table["provider"] == "symbolic:matrix")
    table.loc[mask, "value"] = table.loc[mask, "value"] * (1 + 1e-6)
    rows = {row["provider"]: row for row in convergence.card(table).table}
    assert rows["symbolic:matrix"]["at most 1e-10"] == "outside"


def test_refusals_keep_their_reason(records: list[Record]) -> None:
    rows = cost.card(tidy(records)).table
    assert "1 losses" not in str(rows)
    refused = cost.row(
        tidy(
            [
                *records,
                Record(Cell("cost", "simplest", "torch"), "unsupported", reason="too slow: 9 s"),
            ]
        ),
        "simplest",
        "torch",
    )
    assert refused["status"] == "refused: too slow"


def test_every_cell_is_counted_once(records: list[Record]) -> None:
    row = health.card(tidy(records)).table[0]
    assert sum(int(part.split()[0]) for part in row["found"].split(", ")) == len(records)


def test_break_even() -> None:
    assert preparation.break_even(1.0, 0.1, 0.2) == pytest.approx(10)
    assert preparation.break_even(1.0, 0.2, 0.2) == float("inf")


def test_a_card_that_fails_shows_its_error_and_the_rest_stands(
    records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(table: Any) -> Card:
        raise ZeroDivisionError("planted")

    cards = [(key, title, broken if key == "cost" else maker) for key, title, maker in CARDS]
    monkeypatch.setattr(build_module, "CARDS", cards)
    real = build_module.draw

    def draw(figure: Any) -> str:
        if figure.name == "swell":
            raise RuntimeError("no canvas")
        return real(figure)

    monkeypatch.setattr(build_module, "draw", draw)
    files = build(records, ENVIRONMENT, COMMAND)
    html = files["report.html"]
    assert html.count("could not be built") == 2
    assert "ZeroDivisionError: planted" in html
    assert "RuntimeError: no canvas" in html
    assert "figures/convergence.svg" in files
    assert "figures/cost.svg" not in files


def test_no_measurement_at_all_is_no_crash() -> None:
    failed = [Record(Cell("accuracy", "simplest", "autodiff"), "error", reason="boom")]
    html = build(failed, ENVIRONMENT, COMMAND)["report.html"]
    assert "pending" in html
    assert "error: boom" in html


def test_make_card_keeps_only_the_end_of_a_traceback() -> None:
    def deep(table: Any) -> Card:
        return deep(table)

    error = make_card("a", "A", deep, None).error  # type: ignore[arg-type]
    assert len(error.splitlines()) < 20
    assert "RecursionError" in error
    assert card_module.Card("a", "A").error == ""


def test_writing_replaces_an_earlier_report(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    check_folder(folder)
    first = {"figures/a.svg": "<svg/>", "tables/a.csv": "a", MANIFEST: "{}", "report.html": "1"}
    write(folder, first)
    check_folder(folder)
    write(folder, {"figures/b.svg": "<svg/>", MANIFEST: "{}", "report.html": "2"})
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert names == ["figures/b.svg", MANIFEST, "report.html"]
    assert (folder / "report.html").read_text() == "2"


@pytest.mark.parametrize("others", [["thesis.tex"], ["figures", "notes.md"]], ids=str)
def test_a_folder_with_something_else_is_refused(tmp_path: Path, others: Sequence[str]) -> None:
    for name in others:
        (tmp_path / name).write_text("precious")
    with pytest.raises(OutputError, match="is no report"):
        check_folder(tmp_path)
