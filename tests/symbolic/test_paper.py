"""Formulas on paper: both spellings, brackets, line breaks, LaTeX that balances."""

from __future__ import annotations

import re

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab.symbolic import kinks, stable
from difflab.symbolic.gradient import Assignments, share
from difflab.symbolic.paper.assignments import assignments_latex
from difflab.symbolic.paper.combine import negative, power, product, quotient, total, transposed
from difflab.symbolic.paper.document import aligned, document
from difflab.symbolic.paper.expressions import formula
from difflab.symbolic.paper.formula import Equation, Formula, escaped, number, symbol
from difflab.symbolic.paper.page import WIDTH, Section, broken, plain
from difflab.symbolic.source import OWN

X, Y, Z = sp.symbols("x y z", real=True)


def balanced(latex: str) -> bool:
    """Whether braces, \\left and \\right, and environments close in the order they open."""
    tokens = re.findall(r"\\\\|\\[{}]|\\(?:begin|end)\{\w+\*?\}|\\left|\\right|[{}]", latex)
    open_ones: list[str] = []
    closes = {"}": "{", "\\right": "\\left"}
    for token in tokens:
        if token.startswith("\\begin") or token in ("{", "\\left"):
            open_ones.append(token)
        elif token.startswith("\\end"):
            if not open_ones or open_ones.pop() != token.replace("\\end", "\\begin"):
                return False
        elif token in closes and (not open_ones or open_ones.pop() != closes[token]):
            return False
    return not open_ones


@pytest.mark.parametrize(
    "wrong", ["{", "}", "\\left( x", "\\begin{a} \\end{b}", "{\\left( } \\right)"]
)
def test_the_check_for_balance_can_fail(wrong: str) -> None:
    assert not balanced(wrong)


EXPRESSIONS = st.recursive(
    st.sampled_from([X, Y, Z, sp.Integer(2), sp.Integer(-3), sp.Rational(1, 3)]),
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a - b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a, n: a**n, inner, st.sampled_from([2, 3, -1, -2, sp.S.Half])),
        st.builds(sp.tanh, inner),
        st.builds(lambda a: sp.exp(-a), inner),
    ),
    max_leaves=12,
)


def as_python(text: str) -> str:
    """A plain formula as Python: products are written out, powers too."""
    text = text.replace(" ", " * ").replace(" * + * ", " + ").replace(" * - * ", " - ")
    text = re.sub(
        "[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+",
        lambda found: "**" + found[0].translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")),
        text,
    )
    return text.replace("^", "**")


@settings(derandomize=True, deadline=None, max_examples=150)
@given(EXPRESSIONS)
def test_the_plain_spelling_means_the_expression(expression: sp.Expr) -> None:
    spelled = formula(expression)
    assert balanced(spelled.latex)
    if expression.has(sp.zoo, sp.nan, sp.oo, sp.I):
        return
    point = {X: 0.3, Y: 1.7, Z: -0.6}
    truth = complex(expression.subs(point).evalf())
    names = {"exp": np.exp, "tanh": np.tanh, "sqrt": np.emath.sqrt}
    with np.errstate(all="ignore"):
        value = complex(
            eval(
                as_python(spelled.plain),
                names | {str(s): np.complex128(v) for s, v in point.items()},
            )
        )
    if np.isfinite(truth) and abs(truth) < 1e12:
        assert value == pytest.approx(truth, rel=1e-9, abs=1e-9)


def test_sums_and_products_stand_as_one_writes_them() -> None:
    w, b, n = sp.symbols("w1 b1 n", real=True)
    assert formula(w * X + b, [w]).plain == "w₁ x + b₁"
    assert formula(n * (1 - n)).plain == "n (1 - n)"
    assert formula(-(X**2) / 2).plain == "-x²/2"
    assert formula(sp.Rational(0.1) * X).plain == "0.1 x"
    assert formula(1 / sp.sqrt(X)).latex == "\\frac{1}{\\sqrt{x}}"


def test_every_function_of_our_own_has_a_spelling() -> None:
    for module in (kinks, stable):
        for name in OWN:
            function = getattr(module, name, None)
            if function is None or name == "rounded":
                continue
            arity = {"clip": 3, "within": 3, "power": 2, "power_slope": 2, "ratio_or_zero": 2}
            spelled = formula(function(*(X, Y, Z)[: arity.get(name, 1)]))
            assert balanced(spelled.latex)
            assert spelled.plain


def test_brackets_stand_where_they_are_needed_and_nowhere_else() -> None:
    x, y = symbol("x"), symbol("y")
    assert product(total(x, y), negative(x)).plain == "(x + y) (-x)"
    assert negative(total(x, negative(y))).plain == "-(x - y)"
    assert negative(negative(x)).plain == "x"
    assert quotient(total(x, y), product(x, y)).plain == "(x + y)/(x y)"
    assert product(quotient(x, y), x).plain == "(x/y) x"
    assert power(negative(x), number(2)).plain == "(-x)²"
    assert transposed(product(x, y)).plain == "(x y)ᵀ"
    assert transposed(transposed(product(x, y))).latex == "\\left(x \\, y\\right)"


def test_expressions_may_nest_as_deeply_as_sympy_itself_follows() -> None:
    deep = X
    for _ in range(150):
        deep = sp.Add(1, sp.Mul(2, deep, evaluate=False), evaluate=False)
    assert len(formula(deep).plain) > 1000


def test_long_formulas_break_into_lines_that_fit() -> None:
    long = total(*(symbol(f"x{k}") for k in range(100)))
    lines = broken(long, 40)
    assert all(line.width <= 40 for line in lines)
    assert " ".join(line.plain for line in lines) == long.plain
    text = plain([Section("Long", (), (Equation(symbol("y"), (long,)),))])
    assert max(map(len, text.splitlines())) <= WIDTH
    latex = aligned([Equation(symbol("y"), (long,))])
    assert latex.count("\\qquad") >= 4
    assert balanced(latex)


def test_what_cannot_be_broken_is_made_smaller() -> None:
    unbreakable = Formula("a" * 300, "a" * 300)
    assert "\\resizebox" in aligned([Equation(symbol("y"), (unbreakable,))])


def test_a_document_escapes_words_and_is_complete() -> None:
    text = document("50 % of {x_1}", [Section("A & B", ("#1 ~ \\",), code="x = {1}")])
    assert text.startswith("\\documentclass")
    assert text.endswith("\\end{document}\n")
    assert "50 \\% of \\{x\\_1\\}" in text
    assert "\\#1 \\textasciitilde{} \\textbackslash{}" in text
    assert escaped("a_b") == "a\\_b"


def test_more_equations_than_one_reads_are_counted() -> None:
    x = sp.symbols("x0:300", real=True)
    loss = sp.Add(*(s**2 for s in x))
    text = assignments_latex(Assignments((), (loss, *(2 * s for s in x))), x)
    assert "and 101 more of 301 equations" in text
    assert text.count("\\frac{dL}{dx") == 199
    assert "an expression of 599 operations" in text
    assert balanced(text)


def test_the_scalar_form_names_shared_parts_loss_and_derivatives() -> None:
    shared = share([sp.exp(X * Y), Y * sp.exp(X * Y), X * sp.exp(X * Y)])
    lines = assignments_latex(shared, [X, Y]).splitlines()
    assert [line.split(" &=")[0].strip() for line in lines[1:-1]] == [
        "t_{0}",
        "L",
        "\\frac{dL}{dx}",
        "\\frac{dL}{dy}",
    ]
