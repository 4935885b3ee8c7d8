"""A question of the lecture: its text, the command that answers it, the answer and its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from difflab.errors import UsageError, unknown_name


@dataclass(frozen=True)
class Quoted:
    """A number of an answer: about so much, of a quantity that the task is expected to give.

    Attributes
    ----------
    quantity : str
    value : float
        As the answer says it.
    given : mapping
        Settings of the expectation, where they differ from the task's own.
    """

    quantity: str
    value: float
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """A question of the lecture.

    Attributes
    ----------
    key : str
        A short name.
    text : str
        As on the slide; a stroke stands between lines.
    slide : str
        Where it is asked.
    command : str
        What to type to see the answer.
    answer : str
        One sentence.
    numbers : tuple of Quoted
        What to look at in the output, and all numbers of the answer.
    """

    key: str
    text: str
    slide: str
    command: str
    answer: str
    numbers: tuple[Quoted, ...] = ()

    @property
    def task(self) -> str:
        """The task that answers it; empty where another command does.

        Examples
        --------
        >>> Question("x", "?", "", "difflab train simplest", "Yes.").task
        'simplest'
        >>> Question("x", "?", "", "difflab tape simplest", "Yes.").task
        ''
        """
        words = self.command.split()
        return words[2] if words[1] == "train" else ""


def find(asked: str, questions: Sequence[Question]) -> Question:
    """Return a question by number, by key, or by words of its text.

    Parameters
    ----------
    asked : str
        "3", "closed-form", or any words that only one question has.
    questions : sequence of Question

    Raises
    ------
    UsageError
        For a number out of range, and words of several questions.
    UnknownNameError
        For words of none, with the nearest keys.

    Examples
    --------
    >>> from difflab.tasks.questions import QUESTIONS
    >>> [find(asked, QUESTIONS).key for asked in ("bias", "multiple DATApoints", "1")]
    ['bias', 'datapoints', 'perceptron']
    """
    if asked.strip().lstrip("+-").isdigit():
        number = int(asked)
        if 1 <= number <= len(questions):
            return questions[number - 1]
        raise UsageError(
            f"there is no question {number}",
            f"they are numbered 1 to {len(questions)}",
            "difflab ask, which lists all",
        )
    wanted = " ".join(asked.lower().split())
    for question in questions:
        if wanted == question.key:
            return question
    by_task = [question for question in questions if wanted and wanted == question.task]
    by_text = [question for question in questions if wanted and wanted in question.text.lower()]
    found = by_task or by_text
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} questions have {asked!r}",
            f"they are {', '.join(question.key for question in found)}",
            f"difflab ask {found[0].key}",
        )
    if not found:
        raise unknown_name(
            "question", asked, (question.key for question in questions), "difflab ask"
        )
    return found[0]
