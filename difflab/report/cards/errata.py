"""Card: what is wrong on the slides with the numbers that show it, and training with it."""

from __future__ import annotations

import pandas as pd

from difflab.chart import Chart, Figure, Series
from difflab.course.chain import ETA, FIXTURE
from difflab.course.descent import RULES, UPDATES, WRONG_FORM, WRONG_SIGN, Rule
from difflab.course.errata import ERRATA
from difflab.report.card import Card
from difflab.report.cards.slides import WHERE
from difflab.report.tables import absence, curve, number, text


def figure(table: pd.DataFrame) -> Figure:
    """Loss and gradient error over the updates, for the true gradient and the slide's."""

    def lines(quantity: str, rules: tuple[Rule, ...]) -> tuple[Series, ...]:
        found = []
        for rule in rules:
            at, value = curve(table, **WHERE, quantity=f"{quantity}: {rule.label}")
            found.append(Series(rule.label, tuple(at), tuple(value)))
        return tuple(found)

    return Figure(
        "errata",
        (
            Chart("loss", "updates", "L = (y - m)^2", lines("loss", RULES), log_y=True),
            Chart(
                "error of the gradient",
                "updates",
                "||g - g*|| / ||g*||",
                lines("gradient error", (WRONG_SIGN, WRONG_FORM)),
                log_y=True,
            ),
        ),
        "Left: descent of the simplest MLP with the true gradient and with those of the slides. "
        "Right: how wrong one error alone makes the gradient, along its own descent.",
    )


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    missing = absence(table, **WHERE)
    if missing:
        raise ValueError(missing)
    lines = [
        {
            "slide says": erratum.says,
            "correct": erratum.correct,
            "numbers": text(table, **WHERE, quantity="erratum", at=position),
        }
        for position, erratum in enumerate(ERRATA, 1)
    ]
    refused = sum(
        number(table, **WHERE, quantity=f"gradient check: {rule.label}") == 0 for rule in RULES
    )
    takeaway = (
        f"{text(table, **WHERE, quantity='lesson')} Of the {len(RULES)} gradients in the figure it "
        f"refuses {refused}."
    )
    fixture = ", ".join(f"{name} = {value:g}" for name, value in FIXTURE.items())
    method = (
        f"{UPDATES} updates of gradient descent with eta = {ETA:g} from the fixture {fixture}. The "
        "gradient check compares a gradient with differences of the loss along one random "
        "direction, at the start."
    )
    return Card("errata", "Where the slides are wrong", takeaway, lines, (figure(table),), method)
