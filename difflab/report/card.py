"""A report is a list of cards: a title, a sentence to take away, a table, a figure, a method note.

A card is built by a pure function from the measurements. One that fails becomes a card that shows
its error; the others stand.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from difflab.chart import Figure

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Card:
    """One section of the report.

    Attributes
    ----------
    key : str
        Anchor, and name of the table's file.
    title : str
    takeaway : str
        What was learned, in one or two sentences with this run's numbers.
    table : list of dict
        Rows of strings and numbers, same keys in each; may be empty.
    figures : tuple of Figure
    method : str
        How it was measured.
    source : str
        Program text or other preformatted text; may be empty.
    error : str
        Why the card is empty; "" where it is not.
    claim : str
        What the lecture says; empty where the card is not about it.
    """

    key: str
    title: str
    takeaway: str = ""
    table: Sequence[dict[str, Any]] = ()
    figures: tuple[Figure, ...] = ()
    method: str = ""
    source: str = ""
    error: str = field(default="")
    claim: str = ""


CardMaker = Callable[["pd.DataFrame"], Card]


def make_card(key: str, title: str, maker: CardMaker, table: pd.DataFrame) -> Card:
    """Build a card; a failure becomes a card with the error.

    Examples
    --------
    >>> def broken(table):
    ...     raise KeyError("no such column")
    >>> make_card("a", "A", broken, None).error.splitlines()[-1]
    "KeyError: 'no such column'"
    """
    try:
        return maker(table)
    except Exception:
        return Card(key, title, error=traceback.format_exc(limit=-3).strip())
