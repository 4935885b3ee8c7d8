"""``difflab ask``: the list, one question in full, and what answers it."""

from __future__ import annotations

import pytest

from difflab import tasks
from difflab.tasks.questions import QUESTIONS
from tests.test_cli import run


def test_the_list_has_question_task_and_answer(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "ask")
    assert (status, err) == (0, "")
    flat = " ".join(out.split())
    for number, question in enumerate(QUESTIONS, start=1):
        by = question.task or question.command
        assert f"{number} {question.text} {by}: {question.answer}" in flat
    assert max(map(len, out.splitlines())) <= 96
    assert "difflab ask 1" in out


@pytest.mark.parametrize("asked", ["local-optimum", "18", "Local Optimum"])
def test_one_question_in_full(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "ask", asked)
    assert status == 0
    assert out.startswith("18. Local optimum")
    assert "See it: difflab train local-optima" in out
    (line,) = [line for line in out.splitlines() if line.startswith("stuck with 2 hidden units")]
    expected = tasks.get("local-optima").expectations[0]
    assert f"{expected.low:g} to {expected.high:g}" in line


def test_numbers_of_other_settings_say_which(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "ask", "spam")
    assert "widths=2-1" in out


def test_run_carries_out_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "ask", "all-mlps", "--run")
    assert status == 0
    assert "$ difflab train simplest" in out
    assert "0.00250238" in out.partition("$ difflab train simplest")[2]
    assert "within" in out
    status, out, _ = run(capsys, "ask", "sigmoid", "--run")
    assert status == 0
    assert "a (1 - a)" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["99"], "there is no question 99"),
        (["the"], "questions have 'the'"),
        (["sigmoyd"], "'sigmoid'"),
        (["--run"], "nothing was asked that could be run"),
    ],
)
def test_what_cannot_be_answered(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "ask", *arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert "why:" in err
    assert "try:" in err


def test_an_error_of_the_command_is_the_error_of_ask(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tasks.MODULES, "simplest", "no_such_module")
    status, _, err = run(capsys, "ask", "all-mlps", "--run")
    assert status == 1
    assert err.startswith("error: ")


def test_help_shows_how_to_ask(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "ask", "--help")
    assert status == 0
    assert "difflab ask local-optimum --run" in out
