"""Every question of the lecture has a command that exists, and an answer whose numbers are held."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from difflab import tasks
from difflab.cli import app
from difflab.errors import UnknownNameError, UsageError
from difflab.tasks import override
from difflab.tasks.question import Question, find
from difflab.tasks.questions import QUESTIONS

LECTURE = Path(__file__).parents[3] / "shared" / "docs" / "lecture-slides.txt"
"""Where the lecture lies beside a checkout; it is no part of the project."""

LISTS = {
    "Multiple datapoints???": "datapoints",
    "Do we have a closed-form solution for this setting?": "closed-form",
    "Derivative of sigmoid function": "sigmoid",
    "automatic differentiation??": "automatic",
    '"Numerical"': "numerical",
    "Expression swell": "symbolic",
    "Different optimization methods?": "optimizers",
    "Derivative of Cross entropy, ...": "cross-entropy",
    "Local optimum": "local-optimum",
    "overfitting": "overfitting",
    "Bias and variance, ...": "bias",
}
"""Items of the two closing lists, and who answers them."""

EACH = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)


def plain(text: str) -> str:
    text = text.replace("“", '"').replace("”", '"')
    return re.sub(r"\s+([!?])", r"\1", " ".join(text.split()))


@pytest.mark.parametrize("item", LISTS)
def test_every_item_of_the_closing_lists_is_answered(item: str) -> None:
    assert item in find(LISTS[item], QUESTIONS).text


@EACH
def test_the_text_is_that_of_the_slide(question: Question) -> None:
    if not LECTURE.is_file():
        pytest.skip("the lecture's text is not beside this checkout")
    lecture = plain(LECTURE.read_text(encoding="utf-8"))
    for part in question.text.partition("σ")[0].split(" / "):
        assert plain(part) in lecture


@EACH
def test_the_command_exists(question: Question) -> None:
    program, command, name, *options = question.command.split()
    known = {each.name or each.callback.__name__ for each in app.registered_commands}
    assert program == "difflab"
    assert command in known
    if command == "train":
        assert question.task == name
        assert name in tasks.names()
        assert set(options[::2]) <= {"--gradient", "--steps"}
    else:
        assert question.task == ""


@EACH
def test_numbers_are_those_that_the_task_is_expected_to_give(question: Question) -> None:
    for number in question.numbers:
        expected = [
            each
            for each in tasks.get(question.task).expectations
            if each.quantity == number.quantity and dict(each.given) == dict(number.given)
        ]
        assert expected, f"{question.task} expects no {number.quantity}"
        slack = 0.5 * 10.0 ** -len(f"{number.value}".partition(".")[2])  # of the last digit
        assert any(each.low - slack <= number.value <= each.high + slack for each in expected), (
            f"{number} is not within {expected}"
        )


@EACH
def test_an_answer_has_no_other_numbers(question: Question) -> None:
    said = {float(text) for text in re.findall(r"\d+\.\d+", question.answer)}
    quoted = [number.value for number in question.numbers]
    for value in said:
        digits = len(f"{value}".partition(".")[2])
        assert any(round(each, digits) == value for each in quoted), value


@EACH
def test_answers_are_one_sentence(question: Question) -> None:
    assert question.answer.endswith(".")
    assert not re.search(r"[.!?] [A-Z]", question.answer)
    assert question.answer[0].isupper()


def test_the_checks_can_fail() -> None:
    wrong = Question("x", "Derivative of tan", "", "difflab train simplest", "It is 0.5. Or 2.")
    with pytest.raises(AssertionError):
        test_an_answer_has_no_other_numbers(wrong)
    with pytest.raises(AssertionError):
        test_answers_are_one_sentence(wrong)


def test_keys_are_distinct_and_find_their_questions() -> None:
    keys = [question.key for question in QUESTIONS]
    assert len(set(keys)) == len(keys)
    for number, question in enumerate(QUESTIONS, start=1):
        assert find(question.key, QUESTIONS) is find(str(number), QUESTIONS) is question


def test_a_question_is_found_by_its_task_and_by_its_words() -> None:
    assert find("bias-variance", QUESTIONS).key == "bias"
    assert find("Piece  of CAKE", QUESTIONS).key == "piece-of-cake"


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ("0", UsageError, "no question 0"),
        ("99", UsageError, f"1 to {len(QUESTIONS)}"),
        ("-1", UsageError, "no question -1"),
        ("the", UsageError, "questions have 'the'"),
        ("sigmoyd", UnknownNameError, "'sigmoid'"),
        ("", UnknownNameError, "no question ''"),
    ],
)
def test_what_is_no_question(asked: str, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        find(asked, QUESTIONS)


def test_settings_of_numbers_are_settings() -> None:
    for question in QUESTIONS:
        for number in question.numbers:
            for name, value in number.given.items():
                text = "-".join(map(str, value)) if isinstance(value, tuple) else value
                settings = override(tasks.get(question.task).settings, [f"{name}={text}"])
                assert getattr(settings, name) == value
