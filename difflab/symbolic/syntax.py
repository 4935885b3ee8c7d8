"""From the text of an expression to a flat list of steps, by a whitelist of tokens and nodes.

Python's own parser does the work, on text that holds nothing but numbers, names, arithmetic
operators, commas and parentheses, nested no deeper than it can bear. Every node it returns is
looked up; nothing is evaluated.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from difflab.errors import UsageError

LONGEST = 2000
"""Characters of an expression."""

DEEPEST = 100
"""Operations nested into one another; the terms of one long sum or product do not nest."""

Arity = tuple[int, int]
"""Least and greatest number of arguments of a function."""


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of an expression; operands are numbers of earlier steps.

    Attributes
    ----------
    kind : str
        ``"number"``, ``"name"``, ``"call"``, or an operator: ``+ - * / **``, and ``neg``.
    what : Fraction or str
        The number, the name, or the name of the function; the operator once more otherwise.
    operands : tuple of int
    start, end : int
        Where it stands in the text.
    """

    kind: str
    what: Any
    operands: tuple[int, ...]
    start: int
    end: int


def steps_of(text: str, functions: Mapping[str, Arity]) -> tuple[Step, ...]:
    """Parse an expression.

    Parameters
    ----------
    text : str
        Numbers, names, ``+ - * / **``, parentheses, and calls of functions.
    functions : mapping
        Names that may be called, with the number of arguments they take.

    Returns
    -------
    tuple of Step
        Operands first; the last is the expression.

    Raises
    ------
    UsageError
        For anything else; names the token and its position.

    Examples
    --------
    >>> [(step.kind, str(step.what)) for step in steps_of("2*exp(x)", {"exp": (1, 1)})]
    [('number', '2'), ('name', 'x'), ('call', 'exp'), ('*', '*')]
    """
    _check_tokens(text)
    text = re.sub(r"\s", " ", text)  # one line, so that columns are positions
    try:
        tree = ast.parse(f"({text})", mode="eval").body  # Python minds blanks at the beginning
    except SyntaxError as error:
        at = min(max((error.offset or 1) - 2, 0), len(text) - 1)
        raise refused(text, at, at + 1, "the expression is incomplete or wrong there") from None
    except (RecursionError, MemoryError):  # how Python's parser says that its stack is full
        raise _nested(text, 0) from None
    return _flat(text, tree, functions)


def refused(text: str, start: int, end: int, why: str, instead: str = "") -> UsageError:
    """Build the error for a part of an expression.

    Examples
    --------
    >>> print(refused("x^2", 1, 2, "it is no operator of the list", "** for powers"))
    '^' at position 2 of the expression 'x^2' is not allowed
      why: it is no operator of the list
      try: ** for powers
    """
    token = text[start:end] if end - start <= 40 else f"{text[start : start + 37]}..."
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    return UsageError(
        f"{token!r} at position {start + 1} of the expression {shown!r} is not allowed",
        why,
        instead or "numbers, names, + - * / **, parentheses, and functions such as exp(x)",
    )


_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<operator>\*\*(?!\*)|[-+*,()]|/(?!/))"
    r"|(?P<space>[ \t\r\n]+)"
)

_STRANGERS = {
    "^": ("it is no power in Python", "** for powers: x**2"),
    "//": ("integer division has no derivative", "/ for division"),
    "%": ("remainders have no derivative everywhere", ""),
    ".": ("attributes are not looked up", "a function from the list: exp(x), not np.exp(x)"),
    "[": ("nothing can be indexed", "names with a number: x1, x2"),
    "=": ("an expression assigns nothing, and options have no names", "the right side alone"),
    "<": ("an expression decides nothing", "max(x, 0), min(x, y), abs(x) or relu(x)"),
    ">": ("an expression decides nothing", "max(x, 0), min(x, y), abs(x) or relu(x)"),
    "_": ("names begin with a letter", "x_1"),
}
"""Why a character is refused, and what to type instead; for those that people do type."""


def _check_tokens(text: str) -> None:
    """Refuse every character outside the alphabet, and nesting that the parser could not bear."""
    if not text.strip():
        raise UsageError("the expression is empty", "", '"sin(x)*y"')
    if len(text) > LONGEST:
        raise UsageError(
            f"the expression has {len(text):,} characters",
            f"{LONGEST:,} are allowed",
            "a Python function, which may have any length",
        )
    at, opened = 0, list[int]()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _stranger(text, at)
        kind, token, after = match.lastgroup, match.group(), match.end()
        if kind == "number":
            _check_number(text, at, after)
        elif kind == "name" and (keyword.iskeyword(token) or token in ("inf", "nan", "oo", "zoo")):
            why = "it is a word of Python" if keyword.iskeyword(token) else "numbers are finite"
            raise refused(text, at, after, why)
        elif token == "(":
            opened.append(at)
            if len(opened) > DEEPEST:
                raise _nested(text, at)
        elif token == ")":
            if not opened:
                raise refused(text, at, after, "no parenthesis is open there")
            opened.pop()
        at = after
    if opened:
        raise refused(text, opened[-1], opened[-1] + 1, "this parenthesis is never closed")


def _stranger(text: str, at: int) -> UsageError:
    character = "//" if text.startswith("//", at) else text[at]
    why, instead = _STRANGERS.get(character, ("it is not in the list of what may be typed", ""))
    word = re.match(r"\w+", text[at:]) if character not in _STRANGERS or character == "_" else None
    length = len(word.group()) if word else len(character)
    return refused(text, at, at + length, why, instead)


def _check_number(text: str, start: int, end: int) -> None:
    glued = re.match(r"[\w.]+", text[end:])
    if glued:
        instead = f"{text[start:end]}*{glued.group()}" if glued.group()[0].isalpha() else ""
        why = "a number ends there without an operator"
        raise refused(text, start, end + glued.end(), why, instead)
    token = text[start:end].lower()
    _, _, exponent = token.partition("e")
    # The exponent first: 1e-999999999 is 0.0, and costs a gigabyte as a fraction.
    if abs(int(exponent or 0)) > 300 or not float(token) < 1e300:
        raise refused(text, start, end, "numbers lie between 1e-300 and 1e300")


def _nested(text: str, at: int) -> UsageError:
    why = f"operations nest deeper than {DEEPEST} there"
    return refused(text, at, min(at + 1, len(text)), why, "a Python function")


_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}
_LONG = ({"+", "-"}, {"*", "/"})
"""Operators whose chains are one sum, or one product."""


def _flat(text: str, tree: ast.expr, functions: Mapping[str, Arity]) -> tuple[Step, ...]:
    """List a tree's nodes, operands first, without recursion."""
    steps: list[Step] = []
    depths: list[int] = []
    number_of: dict[ast.expr, int] = {}
    stack: list[tuple[ast.expr, bool]] = [(tree, False)]
    while stack:
        node, ready = stack.pop()
        children = _children(text, node, functions)
        if not ready:
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(children))
            continue
        operands = tuple(number_of[child] for child in children)
        step = _step(text, node, operands)
        if step is None:  # a plus sign
            number_of[node] = operands[0]
            continue
        number_of[node] = len(steps)
        depths.append(max((_depth(step, steps[i], depths[i]) for i in operands), default=0))
        steps.append(step)
        if depths[-1] > DEEPEST:
            raise _nested(text, step.start)
    return tuple(steps)


def _depth(step: Step, operand: Step, depth: int) -> int:
    together = any(step.kind in chain and operand.kind in chain for chain in _LONG)
    return depth if together else depth + 1


def _children(text: str, node: ast.expr, functions: Mapping[str, Arity]) -> list[ast.expr]:
    """Operands of an allowed node; everything else is refused here."""
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.UAdd, ast.USub)):
        return [node.operand]
    if isinstance(node, ast.Call):
        _check_call(text, node, functions)
        return node.args
    start, end = _place(node)
    if isinstance(node, ast.Name):
        if node.id in functions:
            why = "it is a function, and stands without its argument"
            raise refused(text, start, end, why, f"{node.id}(x)")
        return []
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return []
    raise refused(text, start, end, f"{_KINDS.get(type(node), 'this')} has no place in a formula")


_KINDS: dict[type[ast.expr], str] = {ast.Tuple: "a comma outside a call", ast.Starred: "a star"}


def _check_call(text: str, node: ast.Call, functions: Mapping[str, Arity]) -> None:
    start, end = _place(node.func)
    if not isinstance(node.func, ast.Name):
        raise refused(text, start, end, "only functions of the list can be called", "a*(b + c)")
    name = node.func.id
    if name not in functions:
        raise _unknown(text, start, end, name, functions)
    strange = [argument for argument in node.args if isinstance(argument, ast.Starred)]
    start, end = _place(node)
    if strange or node.keywords:
        raise refused(text, start, end, "arguments are listed one by one, without names")
    least, most = functions[name]
    if not least <= len(node.args) <= most:
        takes = f"{least}" if least == most else f"at least {least}"
        why = f"{name} takes {takes} argument{'s' * (least != 1)}, not {len(node.args)}"
        example = ", ".join("xyzuvw"[:least])
        raise refused(text, start, end, why, f"{name}({example})")


def _unknown(text: str, start: int, end: int, name: str, known: Collection[str]) -> UsageError:
    close = get_close_matches(name, known, n=2, cutoff=0.5)
    instead = " or ".join(f"{match}(...)" for match in close) or f"{name}*(...) for a product"
    why = f"there is no function {name}; there are {', '.join(sorted(known))}"
    return refused(text, start, end, why, instead)


def _step(text: str, node: ast.expr, operands: tuple[int, ...]) -> Step | None:
    """The step of an allowed node; None for a plus sign, which does nothing."""
    start, end = _place(node)
    if isinstance(node, ast.BinOp):
        kind = _OPERATORS[type(node.op)]
        return Step(kind, kind, operands, start, end)
    if isinstance(node, ast.UnaryOp):
        negative = isinstance(node.op, ast.USub)
        return Step("neg", "-", operands, start, end) if negative else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return Step("call", node.func.id, operands, start, end)
    if isinstance(node, ast.Name):
        return Step("name", node.id, (), start, end)
    return Step("number", Fraction(text[start:end]), (), start, end)


def _place(node: ast.expr) -> tuple[int, int]:
    """Where a node stands in the text, which the parser saw between parentheses."""
    return max(node.col_offset - 1, 0), (node.end_col_offset or 0) - 1
