"""What tasks showed, as files of their own: one CSV per run, a row per row of the task."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from difflab.report.course import columns
from difflab.report.tables import select
from difflab.studies.course import unpacked


def as_files(table: pd.DataFrame) -> Mapping[str, str]:
    """Name without ending and text of a CSV for every run that has rows."""
    packed = select(table, unit="rows")
    files = {}
    for (run, provider), part in packed.groupby(["task", "provider"], sort=True):
        found = columns(part)
        frame = pd.DataFrame(unpacked(found), columns=list(found))
        files[file_name(str(run), str(provider))] = frame.to_csv(index=False, lineterminator="\n")
    return files


def file_name(run: str, provider: str) -> str:
    """Name a run's file.

    Examples
    --------
    >>> file_name("sincos activation=sigmoid", "autodiff:compiled")
    'rows-sincos-activation-sigmoid-autodiff-compiled'
    """
    return f"rows-{re.sub('[^a-z0-9.]+', '-', f'{run} {provider}'.lower())}"


def without_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The measurements without the rows of tasks, which have files of their own."""
    return table[table["unit"] != "rows"]
