"""The notebooks: they run, and print what is stored in them, on every machine and every day."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from difflab import cli
from tests.notebook_runner import (
    ROOT,
    carry_out,
    code_cells,
    committed,
    differences,
    read,
    run,
    source_of,
)

EXAMPLES = ROOT / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
PROCESSOR_SECONDS = 60

MACHINE = re.compile(r"/(home|tmp|usr|Users|work|mnt|opt)/|[A-Z]:\\|\b0x[0-9a-f]{6,}|\.py:\d")
"""Paths, addresses, lines of source: what another machine would print differently."""
CLOCK = re.compile(r"\d\s?(ns|us|µs|ms|s|sec|seconds)\b|\b20\d\d-\d\d-\d\d\b|\b\d\d:\d\d:\d\d\b")
"""Times and dates: what another day would print differently."""

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem[:2])


def notebook_of(*sources: str) -> dict[str, Any]:
    """A notebook of code cells without outputs."""
    cells = [{"cell_type": "code", "source": [source], "outputs": []} for source in sources]
    return {"cells": cells}


def prose(notebook: dict[str, Any]) -> str:
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    return "\n".join(source_of(cell) for cell in cells)


@pytest.mark.slow
@each
def test_a_notebook_prints_what_is_stored_in_it(path: Path) -> None:
    executed, seconds = run(path)
    notebook = read(path)
    assert differences(committed(notebook), executed) == []
    assert seconds < PROCESSOR_SECONDS
    drawn = ["svg" in given for given in executed]
    stored = [
        any("image/svg+xml" in output.get("data", {}) for output in cell["outputs"])
        for cell in code_cells(notebook)
    ]
    assert drawn == stored
    assert any(drawn)


@each
def test_outputs_name_no_machine_and_no_time(path: Path) -> None:
    text = "\n".join(committed(read(path)))
    text = re.sub(r"take about .* to derive", "", text)  # a prediction, the same everywhere
    assert MACHINE.search(text) is None
    assert CLOCK.search(text) is None


@pytest.mark.parametrize(
    "text", ["loss in /home/ada/runs", "<object at 0x7f3b2c11a0>", "task.py:161: DataWarning"]
)
def test_traces_of_a_machine_are_found(text: str) -> None:
    assert MACHINE.search(text) is not None


@pytest.mark.parametrize("text", ["preparation 3.1 ms", "took 12 s", "2025-11-30", "12:30:01"])
def test_traces_of_a_clock_are_found(text: str) -> None:
    assert CLOCK.search(text) is not None


@each
def test_a_notebook_can_be_taught_with(path: Path) -> None:
    notebook = read(path)
    text = prose(notebook)
    assert text.startswith("# ")
    assert "What you will see:" in text
    exercises, answers = text.split("## Exercises")[1].split("## Answers")
    assert re.findall(r"^(\d)\. ", exercises, re.MULTILINE) == ["1", "2", "3"]
    assert re.findall(r"^\*\*(\d)\.\*\*", answers, re.MULTILINE) == ["1", "2", "3"]
    code = "\n".join(map(source_of, code_cells(notebook)))
    assert len(re.findall(r"# change (this|these)", code)) >= 3
    assert max(len(source_of(cell).splitlines()) for cell in code_cells(notebook)) <= 35


@each
def test_the_commands_that_a_notebook_names_exist(path: Path) -> None:
    text = prose(read(path))
    known = {c.name or c.callback.__name__ for c in cli.app.registered_commands}  # type: ignore[union-attr]
    known |= {group.typer_instance.info.name for group in cli.app.registered_groups}  # type: ignore[union-attr]
    named = set(re.findall(r"`difflab ([a-z-]+)", text))
    assert named
    assert named <= known


@each
def test_a_notebook_is_stored_without_traces_of_its_making(path: Path) -> None:
    notebook = read(path)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    identities = [cell["id"] for cell in notebook["cells"]]
    assert len(set(identities)) == len(identities)
    assert all(cell["metadata"] == {} for cell in notebook["cells"])
    counts = [cell["execution_count"] for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_the_readme_lists_every_notebook() -> None:
    listed = re.findall(
        r"\(examples/(\S+\.ipynb)\)", (ROOT / "README.md").read_text(encoding="utf-8")
    )
    assert listed == [path.name for path in NOTEBOOKS]
    assert len(listed) == 5


def test_a_changed_output_is_found() -> None:
    notebook = notebook_of("a = 2\nprint(a + 1)", "a * 3", "a = 5")
    executed = carry_out(notebook)
    cells = code_cells(notebook)
    cells[0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["3\n"]}]
    cells[1]["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": ["6"]}}]
    assert differences(committed(notebook), executed) == []
    planted = copy.deepcopy(notebook)
    code_cells(planted)[1]["outputs"][0]["data"]["text/plain"] = ["6.0"]
    assert differences(committed(planted), executed) == ["code cell 2: stored '6.0', now '6'"]
    shorter = notebook_of("a = 2")
    assert differences(committed(shorter), executed) == [
        "1 code cells are stored, 3 were carried out"
    ]


def test_a_cell_shows_its_last_expression_and_its_picture() -> None:
    source = (
        "class Picture:\n    _repr_svg_ = lambda self: '<svg/>'\n    __repr__ = lambda self: 'p'"
    )
    given = carry_out(notebook_of(source, "Picture()", "None", "x = Picture()", ""))
    assert given[1] == {"printed": "", "last": "p", "svg": "<svg/>"}
    assert given[0] == given[2] == given[3] == given[4] == {"printed": ""}


@pytest.mark.parametrize(
    ("source", "message"),
    [("1 / 0", "ZeroDivisionError"), ("import warnings\nwarnings.warn('old')", "UserWarning: old")],
)
def test_a_cell_that_fails_or_warns_fails_the_notebook(
    tmp_path: Path, source: str, message: str
) -> None:
    path = tmp_path / "planted.ipynb"
    path.write_text(json.dumps(notebook_of(source)), encoding="utf-8")
    with pytest.raises(RuntimeError, match=message):
        run(path)
