"""Cards of the course from small tables: verdicts are read, and what is missing says why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from difflab.lab.cell import Record
from difflab.lab.course import (
    BOUNDARIES,
    CLOSED_FORM,
    CROSS_ENTROPY,
    HINGE,
    LOCAL_OPTIMA,
    MNIST,
    OPTIMIZERS,
    RUNS,
    SIMPLEST,
    Run,
)
from difflab.lab.run import run_cell
from difflab.report.cards import (
    CARDS,
    CHAPTERS,
    classification,
    optimizers,
    questions,
    regression,
    training,
)
from difflab.report.cards import tasks as overview
from difflab.report.course import (
    NOT_JUDGED,
    conditions,
    expected_rows,
    figure,
    learned,
    measured,
    missing,
    rows,
)
from difflab.report.rows import as_files, without_rows
from difflab.report.tables import tidy
from difflab.tasks import get

OPTIMA = LOCAL_OPTIMA[0]


def record(run: Run, rows: Sequence[dict[str, Any]] = (), **numbers: Any) -> Record:
    """A record by hand: numbers by quantity, and rows."""
    cell = run.cell(())
    found = [cell.row(name, value, "") for name, value in numbers.items()]
    found += [
        cell.row(f"column {name}", json.dumps([row[name] for row in rows]), "rows", at=place)
        for place, name in enumerate(rows[0] if rows else ())
    ]
    return Record(cell, "ok", tuple(found))


def optima(loss: float = 0.125, **more: Any) -> Record:
    """Two starts of XOR, one of which is stuck."""
    kept = [
        {"width": 2, "rank": rank, "seed": rank, "loss": value}
        for rank, value in enumerate((0.001, loss), start=1)
    ]
    numbers = {
        "final stuck with 2 hidden units": 1.0,
        "gradients": 100,
        "settings": "2-2-1, sigmoid",
        "reduced": "",
        **more,
    }
    return record(OPTIMA, kept, **numbers)


JUDGED = {
    "least stuck with 2 hidden units": 1.0,
    "largest stuck with 2 hidden units": 3.0,
    "source of stuck with 2 hidden units": "a book",
}


def test_expected_stands_beside_measured_with_its_verdict() -> None:
    (line,) = expected_rows(tidy([optima(**JUDGED)]), OPTIMA)
    assert (line["measured"], line["expected"], line["verdict"]) == (
        "1", "1 to 3 (a book)", "within",
    )  # fmt: skip


@pytest.mark.parametrize("number", [0.0, 4.0, float("nan")])
def test_a_number_outside_shows(number: float) -> None:
    """Negative control: verdicts are read, not assumed."""
    table = tidy([optima(**{**JUDGED, "final stuck with 2 hidden units": number})])
    assert expected_rows(table, OPTIMA)[0]["verdict"] == "outside"
    assert overview.line(table, OPTIMA)["verdict"] == "outside"
    assert overview.card(table).takeaway.startswith("0 of 1 expected")


def test_where_nothing_is_expected_the_measured_numbers_stand_alone() -> None:
    (line,) = expected_rows(tidy([optima()]), OPTIMA)
    assert (line["measured"], line["expected"], line["verdict"]) == ("1", "", "")
    assert overview.line(tidy([optima()]), OPTIMA)["verdict"] == ""


def test_a_reduced_run_is_not_judged() -> None:
    told = {"in full stuck with 2 hidden units": "8 to 16 (a book)", "reduced": "starts=2"}
    table = tidy([optima(**told)])
    (line,) = expected_rows(table, OPTIMA)
    assert (line["expected"], line["verdict"]) == ("8 to 16 (a book)", NOT_JUDGED)
    assert "reduced by starts=2" in conditions(table, [OPTIMA])
    assert overview.line(table, OPTIMA)["verdict"] == NOT_JUDGED
    assert overview.card(table).takeaway.startswith("0 of 0 expected")


def test_the_card_of_a_task_has_claim_lesson_table_figure_and_conditions() -> None:
    card = training.local_optima(tidy([optima(**JUDGED)]))
    assert card.claim.startswith("Slide “questions: local optimum”: from some starts")
    assert "1 with 2 hidden units" in card.takeaway
    assert [series.y for series in card.figures[0].charts[0].series] == [(0.001, 0.125)]  # type: ignore[union-attr]
    assert card.table[0]["verdict"] == "within"
    assert "100 gradients; as the task has it" in card.method


def test_numbers_rows_lesson_and_figure_come_back_from_the_table() -> None:
    table = tidy([optima()])
    assert measured(table, OPTIMA) == {"stuck with 2 hidden units": 1.0}
    assert rows(table, OPTIMA)[1] == {"width": 2, "rank": 2, "seed": 2, "loss": 0.125}
    assert learned(table, OPTIMA) == get("local-optima").learned(measured(table, OPTIMA)) != ""
    assert figure(table, [OPTIMA])[0].name == "local-optima"
    with pytest.raises(ValueError, match="no figure"):
        figure(table, SIMPLEST)


COURSE = [
    entry for title, entries in CHAPTERS if title.startswith("The course") for entry in entries
]


@pytest.mark.parametrize(("key", "title", "maker"), COURSE, ids=[key for key, *_ in COURSE])
def test_cards_of_runs_that_are_not_there_say_so(key: str, title: str, maker: Any) -> None:
    card = maker(tidy([]))
    assert (card.key, card.title, card.error) == (key, title, "")
    if key != "optimizers-elsewhere":
        assert not card.figures
        assert "pending: not in this profile" in str(card.table)


@pytest.mark.parametrize(("key", "title", "maker"), COURSE, ids=[key for key, *_ in COURSE])
def test_cards_of_runs_that_were_refused_give_the_reason(key: str, title: str, maker: Any) -> None:
    del title
    refused = [Record(run.cell(()), "unsupported", reason="too slow: 9 days") for run in RUNS]
    card = maker(tidy(refused))
    assert ("unsupported: too slow: 9 days" in str(card.table)) == (key != "optimizers-elsewhere")


def test_mnist_says_what_to_type_where_its_files_are_missing() -> None:
    (run,) = MNIST
    table = tidy([Record(run.cell(()), "missing", reason="the files of MNIST are not here: fetch")])
    card = classification.mnist(table)
    assert "missing: the files of MNIST are not here" in card.takeaway
    assert "difflab data fetch mnist" in card.method
    assert missing(table, MNIST).startswith("mnist with autodiff:compiled is missing")


def test_every_card_has_one_chapter_and_a_name_of_its_own() -> None:
    keys = [key for key, *_ in CARDS]
    assert len(keys) == len(set(keys))
    assert sum(len(entries) for _, entries in CHAPTERS) == len(CARDS)


SLOPES = {f"final dL/d{name} at the start": 0.5 for name in ("w1", "b1", "w2", "b2")}


def test_providers_that_disagree_about_the_chain_show() -> None:
    usual = {"final loss": 0.0025, "gradients": 1, "settings": "1-1-1", "reduced": ""}
    first = record(SIMPLEST[0], **SLOPES, **usual)
    second = record(SIMPLEST[1], **{**SLOPES, "final dL/dw2 at the start": 0.75}, **usual)
    card = regression.simplest(tidy([first, second]))
    assert "their derivatives at the start differ by 0.25 at most" in card.takeaway
    assert "at the end by 0." in card.takeaway
    (wrong,) = (line for line in card.table if line["quantity"] == "dL/dw2 at the start")
    assert (wrong["autodiff"], wrong["symbolic:matrix"]) == ("0.5", "0.75")
    assert wrong["finite-difference:central"] == "pending: not in this profile"


def test_one_provider_outside_is_enough_for_the_chain_to_be_outside() -> None:
    usual = {"gradients": 1, "settings": "1-1-1", "reduced": "", "source of loss": "a book"}
    interval = {"least loss": 0.002, "largest loss": 0.003}
    runs = [
        record(run, **{"final loss": loss, **interval, **usual, **SLOPES})
        for run, loss in zip(SIMPLEST, (0.0025, 0.5))
    ]
    lines = {line["quantity"]: line for line in regression.simplest(tidy(runs)).table}
    assert lines["loss"]["verdict"] == "outside"
    lines = {line["quantity"]: line for line in regression.simplest(tidy(runs[:1])).table}
    assert lines["loss"]["verdict"] == "within"


def descent(loss_above: float) -> Record:
    """Descents below and above a critical rate of .5, as rows."""
    kept = [
        {"purpose": "shown", "learning rate": rate, "step": step, "loss": loss,
         "closed-form loss": 0.5}
        for rate, ends in ((0.4, 0.6), (0.6, loss_above))
        for step, loss in ((0, 1.0), (9, ends))
    ]  # fmt: skip
    facts = {
        "largest difference of four closed forms": 1e-15,
        "loss above closed form": 1e-16,
        "critical learning rate": 0.5,
        "measured critical learning rate": 0.501,
    }
    return record(
        CLOSED_FORM[0], kept, **{f"final {name}": value for name, value in facts.items()},
        gradients=1, settings="2-1", reduced="",
    )  # fmt: skip


@pytest.mark.parametrize(("loss", "verdict"), [(7.0, "within"), (0.9, "outside")])
def test_losses_around_the_critical_rate_are_judged_by_the_prediction(
    loss: float, verdict: str
) -> None:
    card = regression.closed_form(tidy([descent(loss)]))
    below, above = (line for line in card.table if "at rate" in line["quantity"])
    assert (below["verdict"], above["verdict"]) == ("within", verdict)
    assert above["quantity"] == "loss after 9 steps at rate 0.6"
    assert "predicts that descent diverges above the learning rate 0.5" in card.takeaway


@pytest.mark.parametrize(("error", "verdict"), [(1e-14, "within"), (1e-3, "outside")])
def test_slopes_of_all_engines_stand_beside_p_minus_y(error: float, verdict: str) -> None:
    kept = [
        {"loss": "binary", "engine": engine, "z": z, "y": 1.0, "L": 0.7, "dL/dz": -0.5,
         "p - y": -0.5, "error": error}
        for engine in ("autodiff", "symbolic:matrix")
        for z in (0.0, 0.3)
    ]  # fmt: skip
    numbers = {
        "final largest |dL/dz - (p - y)|, binary": error,
        "final largest |dL/dz - (p - y)|, softmax": error,
        "final engines": 2.0,
    }
    table = tidy([record(CROSS_ENTROPY[0], kept, **numbers, gradients=4, settings="", reduced="")])
    (line,) = classification.cross_entropy(table).table
    assert line["dL/dz, symbolic:matrix"] == line["expected: p - y"] == "-0.5"
    assert line["verdict"] == verdict


def test_optimizers_that_never_reach_the_threshold_say_so() -> None:
    found = {}
    for name, threshold in (("sincos", "0.05"), ("rosenbrock", "0.001")):
        found |= {f"{name}, sgd: tuned rate": 0.1, f"{name}, sgd: loss": 0.5}
        found[f"{name}, sgd: steps to {threshold}"] = float("inf")
    line = optimizers.line(found, "sgd")
    assert line["sincos: steps to 0.05"] == "not reached"
    assert line["rosenbrock: final loss"] == "0.5"


def test_rules_of_the_same_name_are_told_apart() -> None:
    lines = optimizers.elsewhere(tidy([])).table
    assert {line["rule"] for line in lines} >= {"momentum", "RMSProp", "Adam"}
    assert all(float(line["largest difference"]) > 0 for line in lines)


def test_answers_stand_beside_this_reports_numbers() -> None:
    run = next(run for run in RUNS if run.name == "universal")
    table = tidy([record(run, **{"final best loss, narrowest": 0.9, "reduced": "starts=1"})])
    lines = questions.card(table).table
    told = [line["measured here"] for line in lines if line["measured here"]]
    assert told
    assert all("best loss, narrowest: 0.9 (reduced run)" in text for text in told)
    assert questions.card(tidy([])).takeaway.endswith("numbers for 0 of them.")


def test_rows_have_files_of_their_own() -> None:
    table = tidy([optima()])
    assert as_files(table) == {
        "rows-local-optima-autodiff-compiled": "width,rank,seed,loss\n2,1,1,0.001\n2,2,2,0.125\n"
    }
    assert set(without_rows(table)["quantity"]) >= {"gradients"}
    assert not without_rows(table)["quantity"].str.startswith("column").any()


TINY: dict[str, tuple[str, ...]] = {
    HINGE[0].name: ("steps=3",),
    OPTIMIZERS[0].name: ("steps=4", "rates=0.01,0.1", "n=20"),
    **{run.name: ("steps=3",) for run in BOUNDARIES},
}


def test_cards_of_real_runs_can_be_built_and_drawn() -> None:
    from difflab.report.draw import draw

    table = tidy([run_cell(run.cell(TINY[run.name])) for run in (*HINGE, *OPTIMIZERS, *BOUNDARIES)])
    for maker, panels in (
        (classification.hinge, 3), (optimizers.card, 3), (classification.boundaries, 2),
    ):  # fmt: skip
        card = maker(table)
        assert len(card.figures[0].charts) == panels
    svg = draw(card.figures[0])
    assert "<image" in svg
    assert svg == draw(card.figures[0]), "pixels inside must be the same bytes too"
    assert len(optimizers.card(table).table) == 6
    assert "of the points kept apart" in classification.boundaries(table).takeaway
