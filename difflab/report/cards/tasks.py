"""Card: all runs of the course's tasks, and how many of the numbers expected of them were met."""

from __future__ import annotations

import pandas as pd

from difflab.lab.course import RUNS, Run
from difflab.report.card import Card
from difflab.report.course import NOT_JUDGED, expected_rows
from difflab.report.tables import absence, number
from difflab.tasks import get

JUDGED = ("within", "outside")


def line(table: pd.DataFrame, run: Run) -> dict[str, str]:
    """One run: gradients, numbers judged and met, and what it shows."""
    told = {"run": run.name, "gradient": run.provider}
    shows = {"shows": get(run.task).shows}
    missing = absence(table, **run.where)
    if missing:
        return {**told, "gradients": "", "met": "", "verdict": missing, **shows}
    verdicts = [row["verdict"] for row in expected_rows(table, run)]
    met, judged = (sum(map(verdicts.count, words)) for words in (JUDGED[:1], JUDGED))
    verdict = "within" if met == judged else "outside"
    if not judged:
        verdict = NOT_JUDGED if NOT_JUDGED in verdicts else ""
    return {
        **told,
        "gradients": f"{number(table, **run.where, quantity='gradients'):,.0f}",
        "met": f"{met} of {judged}" if judged else "",
        "verdict": verdict,
        **shows,
    }


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    judged = [
        row["verdict"]
        for run in RUNS
        for row in expected_rows(table, run)
        if row["verdict"] in JUDGED
    ]
    takeaway = (
        f"{judged.count('within')} of {len(judged)} expected numbers were met; those of runs that "
        "this profile reduces are named in the chapters below, and not judged."
    )
    method = "Any of them: difflab train RUN, with --set before every setting."
    lines = [line(table, run) for run in RUNS]
    return Card("tasks", "The course's tasks", takeaway, lines, (), method)
