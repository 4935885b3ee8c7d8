"""``difflab truncation`` as a user types it: tables, predictions, diagnosis, three-part errors."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.test_cli import run

Capture = pytest.CaptureFixture[str]

MODEL = """
import math

def loss(x):
    return math.exp(x) * math.sin(x)

def bent(x):
    return abs(x - 1.5)

def two(x, y):
    return x * y

def many(x):
    return [x, x]

def stuck(x):
    raise RuntimeError("no licence")
"""


@pytest.fixture
def model(tmp_path: Path) -> str:
    (tmp_path / "my_model.py").write_text(MODEL)
    return str(tmp_path / "my_model.py")


def test_the_slides_chain_holds_every_prediction(capsys: Capture) -> None:
    status, out, err = run(capsys, "truncation", "simplest", "--parameter", "w2", "--points", "60")
    assert status == 0
    assert "dL/dw2 of simplest, float64, at 60 points" in out
    assert re.search(r"^predictions: 23 of 23 held$", out, re.M)
    assert re.search(r"^central-4 +float64 +[34]\.\d+ ± 0\.00\d +4 +within +-[01]\.\d+", out, re.M)
    for number in range(4, 10):
        assert f"\n{number}. " in out, "every exhibit is there"
    assert re.search(r"^ladder +auto +\d\d ", out, re.M)
    assert re.search(r"^exact +forward mode +2 ", out, re.M)
    assert re.search(r"^ladder +100%", out, re.M)
    assert err.splitlines()[-1] == "[12/12] directions"


def test_an_expression_has_no_network(capsys: Capture) -> None:
    status, out, _ = run(
        capsys, "truncation", "--expr", "exp(x)*sin(y)", "--parameter", "y",
        "--at", "x=1", "--at", "y=0.5", "--scheme", "central", "--points", "20",
    )  # fmt: skip
    assert status == 0
    assert "df/dy of exp(x)*sin(y)" in out
    assert "predictions: 4 of 4 held" in out
    assert "6. relative errors" not in out


def test_a_number_alone_is_the_only_names_value(capsys: Capture) -> None:
    status, out, _ = run(
        capsys, "truncation", "--expr", "log(z)", "--at", "2", "--scheme", "forward",
        "--points", "10",
    )  # fmt: skip
    assert (status, "df/dz of log(z)" in out) == (0, True)


def test_what_does_not_hold_is_named(capsys: Capture) -> None:
    status, out, _ = run(
        capsys,
        "truncation",
        "--expr",
        "sin(10*x)",
        "--at",
        "x=1",
        "--scheme",
        "forward",
        "--points",
        "30",
    )
    assert status == 0
    assert re.search(r"^predictions: \d of 4 held; outside are forward: ", out, re.M)
    assert "outside: rounding cancels" in out


def test_float32_is_studied_in_its_own_tables(capsys: Capture) -> None:
    status, out, _ = run(
        capsys, "truncation", "--expr", "tanh(x)", "--at", "0.5", "--dtype", "float32",
        "--scheme", "central", "--scheme", "central-8", "--points", "30",
    )  # fmt: skip
    assert status == 0
    assert re.search(r"^central-8 +float32 +8 +rounding hides it", out, re.M)
    assert "1 could not be put to the test" in out


def test_tables_and_figures_are_written(capsys: Capture, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    status, out, _ = run(
        capsys, "truncation", "sincos-small", "--scheme", "central", "--points", "20",
        "--out", str(folder),
    )  # fmt: skip
    assert status == 0
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "measurements.csv", "slopes.csv", "optima.csv", "methods.csv", "error-bars.csv",
        "coordinates.csv", "kinks.csv", "hardships.csv", "directions.csv", "truncation.svg",
        "truncation-slopes.svg", "truncation-methods.svg", "truncation-coordinates.svg",
        "truncation-kinks.svg", "truncation-hardships.svg", "truncation-directions.svg",
    }  # fmt: skip
    assert all(f"written: {folder / name}" in out for name in names)
    for figure in folder.glob("*.svg"):
        assert ElementTree.parse(figure).getroot().tag.endswith("svg")


def test_a_function_of_the_users_own_is_diagnosed(capsys: Capture, model: str) -> None:
    status, out, _ = run(
        capsys, "truncation", "--function", f"{model}:loss", "--at", "1.5", "--step", "1e-3"
    )
    assert status == 0
    assert "my_model.py:loss at 1.5, central difference with h = 0.001" in out
    assert "verdict: truncation" in out
    assert re.search(r"advice: shorten the step: use h about [3-6]e-06", out)
    assert re.search(r"^truncation error +1\.4e-06", out, re.M)
    assert re.search(r"ladder of steps: 4\.7874845\d+ ± \d\.?\d*e-1\d by auto", out)


@pytest.mark.parametrize(
    ("step", "verdict"), [("1e-2", "truncation"), ("5e-6", "at the optimum"), ("1e-9", "rounding")]
)
def test_an_expression_is_diagnosed_at_a_step(capsys: Capture, step: str, verdict: str) -> None:
    status, out, _ = run(capsys, "truncation", "--expr", "exp(x)", "--at", "1", "--step", step)
    assert (status, f"verdict: {verdict}" in out) == (0, True)


def test_a_task_is_diagnosed_at_a_step(capsys: Capture) -> None:
    status, out, _ = run(
        capsys, "truncation", "sincos-small", "--parameter", "W2[1,2]", "--step", "1e-10"
    )
    assert status == 0
    assert "dL/dW2[1,2] of sincos-small, central difference with h = 1e-10" in out
    assert "verdict: rounding" in out


def test_a_kink_has_two_slopes_and_no_curve(capsys: Capture, model: str) -> None:
    status, out, _ = run(capsys, "truncation", "--function", f"{model}:bent", "--at", "x=1.5")
    assert status == 0
    assert "verdict: kink" in out
    assert re.search(r"^slope from the left +-1$", out, re.M)
    assert re.search(r"^slope from the right +1$", out, re.M)
    assert "left -1, right 1; kink" in out
    assert "how far quotients" not in out


def test_a_diagnosis_is_written(capsys: Capture, model: str, tmp_path: Path) -> None:
    folder = tmp_path / "diagnosis"
    status, _, _ = run(
        capsys, "truncation", "--function", f"{model}:loss", "--at", "1", "--out", str(folder)
    )
    assert status == 0
    assert {path.name for path in folder.iterdir()} == {
        "diagnosis.csv", "trail.csv", "diagnosis.svg",
    }  # fmt: skip
    assert ElementTree.parse(folder / "diagnosis.svg").getroot().tag.endswith("svg")


@pytest.mark.parametrize(
    ("arguments", "what", "instead"),
    [
        ((), "nothing was named", "--expr"),
        (("simplest", "--expr", "x"), "exclude one another", "difflab truncation simplest"),
        (("simplest", "--function", "math:exp"), "exclude one another", "truncation simplest"),
        (("simple",), "no task 'simple'", "'simplest'"),
        (("simplest", "--parameter", "w9"), "no parameter 'w9'", "'w2'"),
        (("digits", "--parameter", "W1[99,0]"), "no parameter 'W1[99,0]'", "W1[0,0]"),
        (("digits", "--parameter", "W1[0,0]"), "does not depend on W1[0,0]", "--parameter"),
        (("simplest", "--at", "x=1"), "means nothing for the task", "--expr"),
        (("simplest", "--dtype", "float16"), "'float16' is no float type", "float64"),
        (("simplest", "--scheme", "centre"), "no scheme 'centre'", "'central'"),
        (("simplest", "--points", "1"), "1 point gives no curve", "--points 200"),
        (("simplest", "--points", "abc"), "invalid value", "--help"),
        (("simplest", "--points", "1000000"), "1,000,000 points", "--points 200"),
        (("--expr", "x +"), "is not allowed", "numbers"),
        (("--expr", "3"), "has no names", "--expr"),
        (("--expr", "x - x"), "does not depend on x", "--parameter"),
        (("--expr", "abs(x)", "--at", "x=0"), "no derivative at x = 0", "beside the kink"),
        (("--expr", "log(x)", "--at", "x=0"), "not finite", "domain"),
        (("--expr", "log(x)", "--at", "x=1e-300"), "both sides", "further inside"),
        (("--expr", "x*y", "--parameter", "z"), "no parameter 'z'", "difflab derive"),
        (("--expr", "x", "--at", "x"), "is no point", "--at x=0.9"),
        (("--expr", "x*y", "--at", "2"), "is no point", "--at x=0.9"),
        (("--expr", "x", "--at", "y=1"), "has values for y", "one value per name"),
        (("--expr", "x", "--at", "x=1", "--at", "x=2"), "--at x is given twice", "--at x=2"),
        (("--expr", "exp(x)", "--at", "1", "--step", "0"), "is no step", "1.5e-5"),
        (("--expr", "exp(x)", "--at", "1", "--step", "nan"), "is no step", "1.5e-5"),
        (("--expr", "exp(x)", "--at", "1", "--step", "1e-20"), "below the spacing", "at least"),
        (("--expr", "exp(x)", "--step", "1e-3", "--scheme", "forward"), "--scheme forward", "--st"),
        (("--expr", "x", "--step", "1e-3", "--dtype", "half"), "'half' is no float", "float32"),
        (("--function", "math:exp"), "where is math:exp meant", "--at 1.5"),
        (("--function", "math:exp", "--at", "1", "--at", "2"), "2 points", "--at 1.5"),
        (("--function", "math:exp", "--at", "one"), "is no point", "--at"),
        (("--function", "math:exp", "--at", "inf"), "f(inf) is inf", "domain"),
        (("--function", "math:log", "--at", "-1"), "f(-1) is nan", "domain"),
        (("--function", "math:exp", "--at", "1", "--parameter", "x"), "--parameter", "--at 1.5"),
        (("--function", "nowhere.py:f", "--at", "1"), "no file nowhere.py", "my_model.py:loss"),
        (("--function", "loss", "--at", "1"), "names no function", "my_model.py:loss"),
        (("--function", "{model}:lost", "--at", "1"), "no function 'lost'", "'loss'"),
        (("--function", "{model}:two", "--at", "1"), "with one number", "def along(x)"),
        (("--function", "{model}:many", "--at", "1"), "list, not one number", "np.mean"),
        (("--function", "{model}:stuck", "--at", "1"), "stuck failed at 1", "traceback"),
    ],
)
def test_misuse_is_answered_in_three_parts(
    capsys: Capture, model: str, arguments: tuple[str, ...], what: str, instead: str
) -> None:
    status, out, err = run(capsys, "truncation", *(each.format(model=model) for each in arguments))
    assert (status, out) == (2, "")
    assert what in err.split("why:")[0]
    assert instead in err.split("try:")[1]


@pytest.mark.parametrize("subject", [("simplest",), ("--expr", "exp(x)", "--step", "1e-3")])
def test_a_folder_that_cannot_be_is_found_out_before_measuring(
    capsys: Capture, tmp_path: Path, subject: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("")
    status, out, err = run(capsys, "truncation", *subject, "--out", str(tmp_path / "file" / "x"))
    assert (status, out) == (1, "")
    assert "cannot make the folder" in err


def test_misuse_leaves_no_folder(capsys: Capture, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    status, _, _ = run(capsys, "truncation", "--expr", "x - x", "--out", str(folder))
    assert (status, folder.exists()) == (2, False)


def test_ctrl_c_keeps_the_exhibits_that_were_finished() -> None:
    command = [sys.executable, "-m", "difflab", "truncation", "sincos", "--scheme", "forward"]
    with subprocess.Popen(
        [*command, "--points", "10"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("[1/7]")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "1, 2. fitted slopes" in out
    assert re.search(r"interrupted after \d of 7 exhibits", err)
