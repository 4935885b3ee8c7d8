"""The report as Markdown, as code hosts render it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from difflab.report.card import Card


def render(
    title: str, preamble: Sequence[str], chapters: Sequence[tuple[str, Sequence[Card]]], ending: str
) -> str:
    """Return the page; figures are links into ``figures/``.

    Examples
    --------
    >>> chapters = [("In short", [Card("a", "A", "It works.")])]
    >>> print(render("Report", ["Measured."], chapters, "The end."))
    # Report
    <BLANKLINE>
    Measured.
    <BLANKLINE>
    ## In short
    <BLANKLINE>
    ### A
    <BLANKLINE>
    It works.
    <BLANKLINE>
    The end.
    <BLANKLINE>
    """
    blocks = [f"# {title}", *preamble]
    for chapter, cards in chapters:
        blocks.append(f"## {chapter}")
        for card in cards:
            blocks += _card(card)
    return "\n\n".join([*blocks, ending]) + "\n"


def _card(card: Card) -> list[str]:
    blocks = [f"### {card.title}"]
    if card.error:
        blocks += ["This card could not be built; the others are complete.", _code(card.error)]
    blocks += [f"_{card.claim}_"] if card.claim else []
    blocks += [card.takeaway] if card.takeaway else []
    blocks += [f"![{figure.caption}](figures/{figure.name}.svg)" for figure in card.figures]
    blocks += [table(card.table)] if card.table else []
    blocks += [_code(card.source)] if card.source else []
    blocks += [f"_{card.method}_"] if card.method else []
    return blocks


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Lay rows with the same keys out as a pipe table.

    Examples
    --------
    >>> print(table([{"name": "|x|", "value": 1}]))
    | name | value |
    | --- | --- |
    | \\|x\\| | 1 |
    """
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(cell: Any) -> str:
    return str(cell).replace("|", "\\|").replace("\n", " ")


def _code(text: str) -> str:
    return f"```\n{text}\n```"
