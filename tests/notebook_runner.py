"""Carrying out a notebook without Jupyter: its code cells in one namespace, in a fresh process.

    python -m tests.notebook_runner NOTEBOOK.ipynb

prints what every code cell gave, and the seconds of processor time, as JSON. A cell gives what it
prints and, as in Jupyter, its last line where that is an expression that is not None. Warnings are
errors.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent

Cells = list[str]
"""What every code cell gave: the text it printed, then that of its last line."""


def read(path: Path) -> dict[str, Any]:
    """Read a notebook."""
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """The code cells, in order."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def source_of(cell: dict[str, Any]) -> str:
    """A cell's text, which is stored as lines."""
    return "".join(cell["source"])


def committed(notebook: dict[str, Any]) -> Cells:
    """The text that is stored for every code cell; pictures are left out."""
    found = []
    for cell in code_cells(notebook):
        parts = []
        for output in cell["outputs"]:
            if output["output_type"] == "stream":
                parts.append("".join(output["text"]))
            else:
                parts.append("".join(output["data"]["text/plain"]))
        found.append("".join(parts))
    return found


def carry_out(notebook: dict[str, Any]) -> list[dict[str, str]]:
    """Execute all code cells here, and return printed text, text and SVG of the last line."""
    names: dict[str, Any] = {"__name__": "__main__"}
    found = []
    for number, cell in enumerate(code_cells(notebook), start=1):
        tree = ast.parse(source_of(cell), f"cell {number}")
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        printed = io.StringIO()
        value = None
        with contextlib.redirect_stdout(printed):
            exec(compile(tree, f"cell {number}", "exec"), names)
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), names)
        given = {"printed": printed.getvalue()}
        if value is not None:
            given["last"] = repr(value)
            if hasattr(value, "_repr_svg_"):
                given["svg"] = value._repr_svg_()
        found.append(given)
    return found


def run(path: Path, timeout: float = 600) -> tuple[list[dict[str, str]], float]:
    """Carry a notebook out in a fresh process: what its cells gave, and its processor time.

    Raises
    ------
    subprocess.TimeoutExpired
        When it takes longer on the clock.
    RuntimeError
        When a cell fails or writes to the error stream, with what it wrote.
    """
    environment = {
        **os.environ,
        "OPENBLAS_NUM_THREADS": "1",  # every test has one core
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("DIFFLAB_DATA", None)
    command = [sys.executable, "-W", "error", "-m", "tests.notebook_runner", str(path)]
    finished = subprocess.run(
        command, capture_output=True, text=True, timeout=timeout, env=environment, cwd=ROOT
    )
    if finished.returncode != 0 or finished.stderr:
        raise RuntimeError(f"{path.name}: {finished.stderr}")
    found = json.loads(finished.stdout)
    return found["cells"], found["seconds"]


def differences(stored: Cells, executed: list[dict[str, str]]) -> list[str]:
    """Name every code cell whose text is not the stored one."""
    fresh = [given["printed"] + given.get("last", "") for given in executed]
    if len(stored) != len(fresh):
        return [f"{len(stored)} code cells are stored, {len(fresh)} were carried out"]
    return [
        f"code cell {number}: stored {old!r}, now {new!r}"
        for number, (old, new) in enumerate(zip(stored, fresh), start=1)
        if old != new
    ]


if __name__ == "__main__":
    given = carry_out(read(Path(sys.argv[1])))
    json.dump({"cells": given, "seconds": time.process_time()}, sys.stdout)
