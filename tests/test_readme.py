"""What the README promises works: its code runs, its commands exist, its folders are there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from difflab import cli

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Code blocks of a language; an empty one stands for plain output."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [text for name, text in found if name == language]


def test_the_python_blocks_run_in_order_and_print_what_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names: dict[str, Any] = {}
    printed = []
    for code in blocks("python"):
        exec(compile(code, "README.md", "exec"), names)
        printed.append(capsys.readouterr().out)
    for output, shown in zip(printed, blocks("")):  # those of the first programs
        assert output.startswith(shown)
    losses = re.search(r"^loss ([\d.]+) -> ([\d.]+)", "".join(printed), re.MULTILINE)
    assert losses is not None
    assert float(losses[2]) < float(losses[1]) / 5


def test_the_commands_exist() -> None:
    lines = [line.split("#")[0] for block in blocks("sh") for line in block.splitlines()]
    commands = [part.strip() for line in lines for part in line.split("&&") if part.strip()]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = {c.name or c.callback.__name__ for c in cli.app.registered_commands}  # type: ignore[union-attr]
    known |= {group.typer_instance.info.name for group in cli.app.registered_groups}  # type: ignore[union-attr]
    for command in commands:
        words = shlex.split(command)
        if words[0] == "make":
            assert f"\n{words[1]}:" in makefile
        elif words[0].endswith("difflab"):
            assert words[1] in known
    assert any(command.startswith("difflab") for command in commands)


def test_links_and_folders_exist() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    folders = re.findall(r"`((?:difflab|tests|examples)[\w/]*)`", README)
    assert links
    assert len(folders) > 10
    for name in [*links, *folders]:
        assert (ROOT / name).exists(), name


def test_the_example_runs() -> None:
    finished = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "three_ways.py")], capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.count("0.0382845461") == 5
