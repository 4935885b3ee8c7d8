"""Functions of the user's own: loaded from files and modules, with every mistake told."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from difflab.errors import DifflabError, NonScalarLossError, UnknownNameError, UsageError
from difflab.numeric.ladder import derivative
from difflab.studies.truncation import diagnose
from difflab.studies.truncation.loading import guarded, load

MODEL = """
import math
from neighbour import FACTOR

def loss(x):
    return FACTOR * math.exp(x)

def root(x):
    return math.sqrt(x)

def two(x, y):
    return x * y

def optional(x, y=2.0):
    return x * y

def key(x):
    return {}[x]

def value(x):
    raise ValueError("unknown mode")

constant = 3.0
"""


@pytest.fixture
def model(tmp_path: Path) -> str:
    (tmp_path / "neighbour.py").write_text("FACTOR = 2.0\n")
    (tmp_path / "my_model.py").write_text(MODEL)
    sys.modules.pop("neighbour", None)
    return str(tmp_path / "my_model.py")


def test_a_file_finds_its_neighbours_and_leaves_the_path_alone(model: str) -> None:
    before = list(sys.path)
    assert load(f"{model}:loss")(0.0) == 2.0
    assert sys.path == before


def test_a_module_is_named_with_dots() -> None:
    assert load("os.path:getsize")
    assert load("math:exp")(1.0) == math.e


def test_functions_for_plain_floats_are_differentiated(model: str) -> None:
    f = load(f"{model}:loss")
    found = derivative(f, 0.5)
    assert abs(found.value - 2 * math.exp(0.5)) <= found.error < 1e-11
    assert diagnose(f, 0.5, 1e-9).verdict == "rounding"


def test_outside_its_domain_a_function_is_nan(model: str) -> None:
    f = load(f"{model}:root")
    assert math.isnan(f(-1.0))
    assert diagnose(f, 1e-3, 1e-2).verdict == "not asymptotic"


def test_optional_arguments_are_no_hindrance(model: str) -> None:
    assert load(f"{model}:optional")(1.0) == 2.0


@pytest.mark.parametrize(
    ("name", "error", "what", "instead"),
    [
        ("loss", UsageError, "names no function", "my_model.py:loss"),
        (":loss", UsageError, "names no function", "my_model.py:loss"),
        ("nowhere.py:loss", UsageError, "no file nowhere.py", "my_model.py:loss"),
        ("no.such.module:loss", UsageError, "cannot be imported", "my_model.py:loss"),
        ("{model}:los", UnknownNameError, "no function 'los'", "'loss'"),
        ("{model}:two", UsageError, "with one number", "def along(x)"),
        ("{model}:constant", UsageError, "is no function", "def constant(x)"),
    ],
)
def test_what_cannot_be_loaded_is_told_in_three_parts(
    model: str, name: str, error: type[DifflabError], what: str, instead: str
) -> None:
    with pytest.raises(error) as refused:
        load(name.format(model=model))
    assert what in refused.value.what
    assert refused.value.why
    assert instead in refused.value.instead


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import nothing_of_the_kind", "ModuleNotFoundError"),
        ("def f(:", "SyntaxError"),
        ("x = 1\nraise RuntimeError('boom')", "RuntimeError: boom, in line 2 of broken.py"),
    ],
)
def test_a_file_that_fails_says_where(tmp_path: Path, source: str, why: str) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text(source)
    with pytest.raises(UsageError) as refused:
        load(f"{broken}:f")
    assert why in refused.value.why
    assert "broken.py" in refused.value.instead


@pytest.mark.parametrize(
    ("function", "why"),
    [("key", "KeyError: 1.0, in line"), ("value", "ValueError: unknown mode")],
)
def test_an_exception_inside_is_the_users_own(model: str, function: str, why: str) -> None:
    with pytest.raises(UsageError) as refused:
        load(f"{model}:{function}")(1.0)
    assert f"{function} failed at 1" in refused.value.what
    assert why in refused.value.why


def test_errors_of_this_package_pass_through() -> None:
    def f(x: float) -> float:
        raise NonScalarLossError("what", "why", "instead")

    with pytest.raises(NonScalarLossError):
        guarded(f, "f")(1.0)


def test_float32_stays_float32() -> None:
    seen = []
    guarded(lambda x: seen.append(type(x)) or 1.0, "f")(np.float32(1))
    guarded(lambda x: seen.append(type(x)) or 1.0, "f")(np.float64(1))
    assert seen == [np.float32, float]
