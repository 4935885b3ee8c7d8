"""Card: the coordinates of a network by layer, and what makes one step for all of them fail."""

from __future__ import annotations

import pandas as pd

from difflab.report.card import Card
from difflab.report.tables import absence
from difflab.report.truncation.networks import (
    coordinates_figure,
    coordinates_table,
    hardships_figure,
    hardships_table,
    network,
)


def card(table: pd.DataFrame) -> Card:
    """Build the card."""
    for exhibit in ("coordinates", "hardships"):
        missing = absence(table, kind="truncation", provider=exhibit)
        if missing:
            raise ValueError(f"{exhibit}: {missing}")
    rows = coordinates_table(table)
    hard = {row["network"]: row for row in hardships_table(table)}
    last = rows[-1]
    units = hard["one input x 1000"]
    takeaway = (
        f"In the {network(table, 'coordinates')} one step leaves the {last['block']} at a relative "
        f"error of {last['one step: median']}, a step of their own at {last['median']}. With one "
        f"input in units a thousand times smaller, nine of ten coordinates are right to "
        f"{units['error of 90 %']} with the best one step, to "
        f"{units['with a step per block']} with a step per block; in float32 to "
        f"{hard['float32']['error of 90 %']}."
    )
    method = (
        "Central differences of the loss alone, as a black box, along up to 40 seeded coordinates "
        "per block and with all powers of two as steps, against the complex step in extended "
        "precision. The one step is the best there is, found with the truth; the steps per block "
        "are found without, where eight sampled quotients differ least from their neighbours'."
    )
    return Card(
        "truncation-layers",
        "The coordinates of a network",
        takeaway,
        rows,
        (coordinates_figure(table), hardships_figure(table)),
        method,
    )
