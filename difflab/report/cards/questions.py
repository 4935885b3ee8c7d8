"""Card: the lecture's questions, the command that answers each, and the numbers of this report."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from difflab.lab.course import RUNS, Run
from difflab.report.card import Card
from difflab.report.course import measured
from difflab.report.tables import text
from difflab.tasks import get, override
from difflab.tasks.question import Question, Quoted
from difflab.tasks.questions import QUESTIONS


def runs_of(task: str, quoted: Quoted) -> list[Run]:
    """The runs of the report that give a number of an answer."""
    settings = get(task).settings
    asked = replace(settings, **quoted.given)
    return [
        run
        for run in RUNS
        if run.task == task and override(settings, run.name.split()[1:]) == asked
    ]


def numbers(table: pd.DataFrame, question: Question) -> str:
    """What this report measured of an answer's numbers; empty where it did not."""
    told = []
    for quoted in question.numbers:
        for run in runs_of(question.task, quoted) if question.task else ():
            found = measured(table, run)
            if quoted.quantity in found:
                reduced = text(table, **run.where, quantity="reduced")
                mark = " (reduced run)" if reduced else ""
                told.append(f"{quoted.quantity}: {found[quoted.quantity]:.4g}{mark}")
                break
    return "; ".join(told)


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    lines = [
        {
            "question": f"{question.text} ({question.slide})",
            "answer": question.answer,
            "measured here": numbers(table, question),
            "command": question.command,
        }
        for question in QUESTIONS
    ]
    seen = sum(bool(line["measured here"]) for line in lines)
    takeaway = (
        f"{len(lines)} questions and claims of the lecture, each with its answer and the command "
        f"that shows it; this report has numbers for {seen} of them."
    )
    method = "difflab ask lists them, and runs the command of one."
    return Card("questions", "The lecture's questions", takeaway, lines, (), method)
