"""The whitelist: what people type is read, everything else is refused with its place."""

from __future__ import annotations

import ast
import math

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from difflab import symbolic as engine
from difflab.errors import UsageError
from difflab.symbolic import kinks, stable
from difflab.symbolic.syntax import DEEPEST, LONGEST
from difflab.symbolic.whitelist import FUNCTIONS, parse, read
from difflab.trace import trace

x, y, x1 = sp.symbols("x y x1", real=True)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("x", x),
        ("0.1*x + 1/3", x / 10 + sp.Rational(1, 3)),
        ("-x**2", -(x**2)),
        ("2**3**2", sp.Integer(512)),
        ("(x + y)*(x - y)/2", (x + y) * (x - y) / 2),
        ("+x - -y", x + y),
        (" 1.5e-3 *\n x1 ", sp.Rational(3, 2000) * x1),
        (".5 + 5.", sp.Rational(11, 2)),
        ("sin(pi/6)", sp.Rational(1, 2)),
        ("log(e)", sp.Integer(1)),
        ("sqrt(x)", sp.sqrt(x)),
        ("arcsin(x) + asin(x)", 2 * sp.asin(x)),
        ("ln(x)", sp.log(x)),
        ("abs(x)", kinks.absolute(x)),
        ("relu(x)*sign(y)", kinks.relu(x) * kinks.signum(y)),
        ("max(x, y, 0) - min(x, y)", kinks.maximum(x, y, 0) - kinks.minimum(x, y)),
        ("sigmoid(x) + softplus(y)", stable.sigmoid(x) + stable.softplus(y)),
        ("logsumexp(x, y)", stable.logsumexp(x, y)),
        ("x**y", kinks.power(x, y)),
        ("atan2(y, x)", kinks.angle(y, x)),
        ("I + E", sp.Symbol("I", real=True) + sp.Symbol("E", real=True)),
    ],
)
def test_what_people_type_is_read(text: str, expression: sp.Expr) -> None:
    assert parse(text) == expression


REFUSED = {
    # text: the token that is refused, its position, and what the message says
    "x^2": ("^", 2, "**"),
    "x.__class__": (".", 2, "attributes"),
    "().__class__": (".", 3, "attributes"),
    "np.exp(x)": (".", 3, "not np.exp"),
    "x[0]": ("[", 2, "indexed"),
    "[x]": ("[", 1, "indexed"),
    "{x}": ("{", 1, "list"),
    "lambda: x": ("lambda", 1, "word of Python"),
    "x if y else z": ("if", 3, "word of Python"),
    "x and y": ("and", 3, "word of Python"),
    "(x for x in y)": ("for", 4, "word of Python"),
    "True": ("True", 1, "word of Python"),
    "'os'": ("'", 1, "list"),
    'f"{x}"': ('"', 2, "list"),
    "x < y": ("<", 3, "max"),
    "x == y": ("=", 3, "assigns"),
    "x := 3": (":", 3, "list"),
    "x; y": (";", 2, "list"),
    "x # y": ("#", 3, "list"),
    "x!": ("!", 2, "list"),
    "x@y": ("@", 2, "list"),
    "x//y": ("//", 2, "/ for division"),
    "x % 2": ("%", 3, "remainders"),
    "x***y": ("*", 4, "wrong"),
    "α": ("α", 1, "list"),
    "_x": ("_x", 1, "letter"),
    "__import__": ("__import__", 1, "letter"),
    "x\x00y": ("\\x00", 2, "list"),
    "1j": ("1j", 1, "1*j"),
    "2x": ("2x", 1, "2*x"),
    "1_000": ("1_000", 1, "operator"),
    "0x10": ("0x10", 1, "operator"),
    "1.2.3": ("1.2.3", 1, "operator"),
    "inf": ("inf", 1, "finite"),
    "1e999999999": ("1e999999999", 1, "1e300"),
    "0e-999999999": ("0e-999999999", 1, "1e300"),
    "(x": ("(", 1, "never closed"),
    "x)": (")", 2, "no parenthesis is open"),
    ")(": (")", 1, "no parenthesis is open"),
    "x)+(y": (")", 2, "no parenthesis is open"),
    "x y": ("x", 1, "incomplete or wrong"),
    "x +": ("+", 3, "incomplete or wrong"),
    "x, y": ("x, y", 1, "comma"),
    "()": ("()", 1, "comma"),
    "sinn(x)": ("sinn", 1, "sin(...)"),
    "print(x)": ("print", 1, "no function print"),
    "eval(x)": ("eval", 1, "no function eval"),
    "x(y)": ("x", 1, "no function x"),
    "exp(x)(y)": ("exp(x)", 1, "only functions"),
    "(exp)(x) + exp": ("exp", 12, "without its argument"),
    "exp()": ("exp()", 1, "takes 1 argument, not 0"),
    "1 + exp(x, y)": ("exp(x, y)", 5, "takes 1 argument, not 2"),
    "atan2(x)": ("atan2(x)", 1, "takes 2 arguments, not 1"),
    "max()": ("max()", 1, "at least 1 argument, not 0"),
    "exp(*x)": ("exp(*x)", 1, "one by one"),
    "exp(**x)": ("exp(**x)", 1, "one by one"),
    "exp(x=y)": ("=", 6, "options"),
    "x + 1/0": ("1/0", 5, "finite"),
    "log(0)": ("log(0)", 1, "finite"),
    "sqrt(-1)*x": ("sqrt(-1)", 1, "finite"),
    "(-8)**(1/3)": ("(-8)**(1/3)", 1, "finite"),
    "9**9**9**9": ("9**9**9", 4, "1,000"),
    "exp(exp(exp(exp(5))))": ("exp(exp(exp(5)))", 5, "finite"),
    "(1.0000001**1000)**1000": ("1.0000001**1000", 2, "digits"),
    "((2*x)**1000)**1000": ("((2*x)**1000)**1000", 1, "digits"),
    "(2*x)**1001": ("(2*x)**1001", 1, "1,000"),
    "exp(10**9*log(2*x))": ("exp(10**9*log(2*x))", 1, "digits"),
    "exp((10**9*log(2*x))**1)": ("exp((10**9*log(2*x))**1)", 1, "digits"),
    "exp(sin(asin(10**9*log(2*x))))": ("exp(sin(asin(10**9*log(2*x))))", 1, "digits"),
    "e**(10**9*log(2*x))": ("e**(10**9*log(2*x))", 1, "digits"),
    "expm1(10**9*log(2*x))": ("expm1(10**9*log(2*x))", 1, "digits"),
    "7**(10**9*log(2*x)/log(7))": ("7**(10**9*log(2*x)/log(7))", 1, "digits"),
    "2**(x + 10**9)*2**(-x)": ("2**(x + 10**9)", 1, "digits"),
    "sqrt((3.1**300 + x)*y)": ("sqrt((3.1**300 + x)*y)", 1, "root"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_everything_else_is_refused_with_its_place(text: str) -> None:
    token, position, words = REFUSED[text]
    with pytest.raises(UsageError) as caught:
        parse(text)
    error = caught.value
    assert error.exit_status == 2
    quote = '"' if "'" in token else "'"
    assert error.what.startswith(f"{quote}{token}{quote} at position {position} of the expression")
    assert error.why
    assert error.instead
    assert words in str(error)


def test_nothing_is_executed(capsys: pytest.CaptureFixture[str]) -> None:
    for text in (
        "__import__('os').system('echo broken')",
        "print(1)",
        "exec(x)",
        "(lambda: print(1))()",
        "[print(1) for x in [1]][0]",
        "exp.__globals__",
        "getattr(x, y)",
    ):
        with pytest.raises(UsageError):
            parse(text)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_expression_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        parse(text)


@pytest.mark.parametrize("text", ["1/(x - x)", "log(x - x)", "tan(pi/2)", "sqrt(-x**2)"])
def test_expressions_without_any_finite_value_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="nowhere a finite real number"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * (DEEPEST + 1) + "x" + ")" * (DEEPEST + 1),
        "(" * 990 + "x" + ")" * 990,
        "exp(" * (DEEPEST + 1) + "x" + ")" * (DEEPEST + 1),
        "-" * 1990 + "x",
        "x" + "**x" * 600,
        "x" + "-(x" * 499 + ")" * 499,
    ],
    ids=lambda text: text[:8],
)
def test_deep_nesting_is_refused_before_anything_recurses(text: str) -> None:
    with pytest.raises(UsageError, match=f"deeper than {DEEPEST}"):
        parse(text)


def test_long_sums_and_products_do_not_nest() -> None:
    assert len(parse(" + ".join(f"x{i}" for i in range(250))).args) == 250
    assert len(parse("*".join(f"x{i}" for i in range(300))).args) == 300
    inside = DEEPEST - 1
    assert parse("(" * inside + "x" + ")" * inside) == x


def test_a_text_too_long_is_refused_unread() -> None:
    with pytest.raises(UsageError, match="characters"):
        parse("^" * (LONGEST + 1))


@pytest.mark.parametrize(
    "text",
    [
        "10**(0.05*x)",
        "exp(-50000*x)",
        "exp(0.12345*log(x))",
        "(2*x)**999.5",
        "3.14159265358979**20",
    ],
)
def test_large_but_harmless_numbers_are_allowed(text: str) -> None:
    assert parse(text) is not None


@pytest.mark.parametrize("name", FUNCTIONS)
def test_numpy_and_sympy_mean_the_same_function(name: str) -> None:
    arguments = {"x": 0.3, "y": -0.7, "z": 0.2}
    if name in ("arccosh", "acosh"):
        arguments["x"] = 1.3
    takes = {"atan2": 2, "arctan2": 2, "max": 3, "min": 3, "logsumexp": 3}.get(name, 1)
    text = f"2*{name}({', '.join(list('xyz')[:takes])})"
    formula = read(text)
    # the traced NumPy function, through the engine, is the expression itself
    program = trace(lambda values: formula.numpy(values), {n: arguments[n] for n in formula.names})
    arrays, symbols, _ = engine.input_symbols(program)
    back = dict(zip(symbols, (sp.Symbol(n, real=True) for n in sorted(formula.names))))
    assert engine.scalar_loss(program, arrays).subs(back) == formula.sympy()
    known = {
        "ln": math.log,
        "max": max,
        "min": min,
        "abs": abs,
        "atan2": math.atan2,
        "arctan2": math.atan2,
        "relu": lambda z: max(z, 0),
        "leaky_relu": lambda z: max(z, 0.01 * z),
        "gelu": lambda z: z * math.erfc(-z / math.sqrt(2)) / 2,
        "normal_cdf": lambda z: math.erfc(-z / math.sqrt(2)) / 2,
        "sign": lambda z: math.copysign(1, z),
        "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
        "softplus": lambda z: math.log1p(math.exp(z)),
        "logsumexp": lambda *zs: math.log(sum(map(math.exp, zs))),
    }
    function = known.get(name) or getattr(math, name.replace("arc", "a"))
    value = float(formula.numpy(arguments))
    assert value == pytest.approx(2 * function(*list(arguments.values())[:takes]), rel=1e-14)


def _formulas() -> st.SearchStrategy[str]:
    leaves = st.sampled_from(["x", "y", "x1", "2", "0.5", "3", "pi"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(
                lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
            ),
            inner.map(lambda part: f"-{part}"),
            inner.map(lambda part: f"sin({part})"),
            inner.map(lambda part: f"{part}**2"),
        ),
        max_leaves=12,
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(_formulas())
def test_a_formula_has_the_value_that_python_gives_it(text: str) -> None:
    values = {"x": 0.7, "y": 1.9, "x1": -0.4}
    try:
        formula = read(text)
        expression = formula.sympy()
    except UsageError:  # a division by what is always zero
        return
    scope = {**values, "pi": math.pi, "sin": math.sin}
    try:
        truth = eval(compile(ast.parse(text, mode="eval"), "", "eval"), {"__builtins__": {}}, scope)
    except (ZeroDivisionError, OverflowError):
        return
    with np.errstate(all="ignore"):
        assert float(formula.numpy(values)) == pytest.approx(truth, rel=1e-9, abs=1e-9)
    numbers = {sp.Symbol(name, real=True): sp.Rational(str(v)) for name, v in values.items()}
    assert float(expression.subs(numbers)) == pytest.approx(truth, rel=1e-6, abs=1e-6)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet="xye019.+-*/(),^[]_' \n\"=<lambdinspco", max_size=25))
def test_any_text_is_read_or_refused_in_three_parts(text: str) -> None:
    refusal: UsageError | None = None
    try:
        parse(text)
    except UsageError as error:
        refusal = error
    assert refusal is None or (refusal.what and refusal.instead)
