"""The progress bar: drawn on a terminal, absent elsewhere."""

from __future__ import annotations

import io
import sys

import pytest

from difflab.nn.history import Step
from difflab.nn.progress import progress_of


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def draw(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, wanted: bool | None) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with progress_of(10, wanted) as show:
        show(Step(3, 1, 0.1, 0.25, 0.25, 0.125, None, None, (0.5,), 8, 1, 1, 0.1))
    return stream.getvalue()


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = draw(Terminal(), monkeypatch, None)
    assert "training" in drawn
    assert "0.25" in drawn
    assert "running loss" in drawn
    assert "0.125" in drawn  # the row of the evaluation stays above the bar


def test_a_file_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert draw(io.StringIO(), monkeypatch, None) == ""


def test_a_bar_that_is_not_wanted_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    assert draw(Terminal(), monkeypatch, False) == ""
