"""The chapter on the lecture: counts in words, errata, four curves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from difflab.course import ERRATA, ROWS
from difflab.errors import UnknownNameError
from difflab.lab.cell import Cell, Record
from difflab.lab.run import run_cell
from difflab.report.cards import errata, slides
from difflab.report.tables import tidy
from difflab.studies.slides import measure


@pytest.fixture(scope="module")
def record() -> Record:
    return run_cell(Cell("slides", "lecture"))


def test_every_row_is_in_the_table_and_counted(record: Record) -> None:
    card = slides.card(tidy([record]))
    assert [line["row"] for line in card.table] == [row.key for row in ROWS]
    wrong = sum(line["verdict"] == "wrong on the slide" for line in card.table)
    assert wrong >= 11
    assert f"{wrong} are wrong on the slide" in card.takeaway


def test_a_verdict_that_changes_changes_the_sentence(record: Record) -> None:
    rows = tuple(
        {**row, "value": "holds"} if row["value"] == "wrong on the slide" else row
        for row in record.rows
    )
    assert "0 are wrong on the slide" in slides.card(tidy([replace(record, rows=rows)])).takeaway


def test_errata_have_their_numbers_and_the_figure_its_four_curves(record: Record) -> None:
    card = errata.card(tidy([record]))
    assert len(card.table) == len(ERRATA)
    assert all(line["numbers"] for line in card.table)
    assert "0.00043185, lower than the true gradient's 0.00250238" in card.takeaway
    assert "refuses 3" in card.takeaway
    losses, errors = card.figures[0].charts
    ends = {series.label: series.y[-1] for series in losses.series}
    assert ends["slide's sigma', right sign"] < ends["true gradient"] < 0.01
    assert ends["slide's sign"] == pytest.approx(0.9945, abs=5e-5)
    assert len(losses.series) == 4
    assert {len(series.x) for series in losses.series} == {51}
    assert [series.y[0] for series in errors.series] == pytest.approx([2, 0.0316], abs=0.05)


@pytest.mark.parametrize("module", [slides, errata])
def test_a_cell_that_was_not_run_is_no_table(module: Any) -> None:
    with pytest.raises(ValueError, match="pending"):
        module.card(tidy([Record(Cell("accuracy", "simplest"), "error", reason="boom")]))


def test_another_lecture_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="no lecture"):
        measure("lectur")
