"""``difflab swell`` as a user types it: tables, files, and three-part errors."""

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


def test_a_family_prints_sizes_costs_and_its_law(capsys: Capture) -> None:
    status, out, err = run(capsys, "swell", "chain", "--depth", "1..4")
    assert status == 0
    assert re.search(r"depth 4 +8 +31 +31 +1,146 +1,146 +98", out)
    assert "gradient tree: cubic, exactly: (56 d^3 + 195 d^2 + 43 d)/6" in out
    assert "known: gradient tree (56d^3 + 195d^2 + 43d)/6, d >= 1" in out
    assert len(re.findall(r"^depth \d +(expanded|cse|staged|matrix)", out, re.M)) == 16
    assert err.splitlines()[-1].startswith("[16/16]")


def test_a_refused_form_says_what_it_would_have_been(capsys: Capture) -> None:
    status, out, _ = run(
        capsys,
        "swell",
        "mlp",
        "--width",
        "16",
        "--depth",
        "2",
        "--form",
        "expanded",
        "--budget",
        "1",
    )
    assert status == 0
    assert "refused: deriving would take longer than 1 s: 3,948,527 operations" in out


def test_an_expression_is_studied_with_its_simplified_forms(capsys: Capture) -> None:
    status, out, _ = run(
        capsys, "swell", "--expr", "x**3 - exp(x)", "--at", "x=0.5", "--simplify", "--form", "cse"
    )
    assert status == 0
    assert re.search(r"^ +horner +", out, re.M)


def test_tables_figure_and_latex_are_written(capsys: Capture, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    status, out, _ = run(
        capsys, "swell", "product", "--n", "2..4", "--form", "staged", "--out", str(folder)
    )
    assert status == 0
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "swell.csv", "operations.csv", "operations.tex", "costs.tex", "laws.txt", "swell.svg",
    }  # fmt: skip
    assert all(str(folder / name) in out for name in names)
    assert ElementTree.parse(folder / "swell.svg").getroot().tag.endswith("svg")
    latex = (folder / "operations.tex").read_text()
    assert latex.count("{") == latex.count("}")
    assert r"\bottomrule" in latex
    assert len((folder / "swell.csv").read_text().splitlines()) == 4


def test_what_is_stopped_keeps_its_rows_and_exits_with_1(capsys: Capture) -> None:
    status, out, _ = run(
        capsys, "swell", "mlp", "--width", "8", "--depth", "2", "--form", "expanded",
        "--budget", "60", "--time-limit", "1",
    )  # fmt: skip
    assert status == 1
    assert "stopped after 1 s" in out
    assert "344,511" in out, "predicted before it was stopped"


def test_a_folder_that_cannot_be_is_found_out_before_measuring(
    capsys: Capture, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    status, out, err = run(capsys, "swell", "chain", "--out", str(tmp_path / "file" / "study"))
    assert (status, out) == (1, "")
    assert "cannot make the folder" in err


def test_a_form_named_twice_is_measured_once(capsys: Capture) -> None:
    _, out, _ = run(capsys, "swell", "product", "--n", "2", "--form", "cse", "--form", "cse")
    assert len(re.findall(r"^n 2 +cse", out, re.M)) == 1


@pytest.mark.parametrize(
    ("arguments", "what", "instead"),
    [
        ((), "nothing was named", "--expr"),
        (("chain", "--expr", "x"), "exclude one another", "difflab swell chain"),
        (("chian",), "no family 'chian'", "'chain'"),
        (("chain", "--n", "3"), "no size n", "--depth 1"),
        (("chain", "--depth", "5..1"), "runs backwards", "1..5"),
        (("chain", "--depth", "0"), "0", "1"),
        (("chain", "--form", "matrices"), "no form 'matrices'", "'matrix'"),
        (("chain", "--at", "x=1"), "--at means nothing for chain", "logistic-map"),
        (("logistic-map", "--at", "x"), "is no point", "--at x=0.9"),
        (("logistic-map", "--at", "x=1", "--at", "x=2"), "--at x is given twice", "--at x=2"),
        (("--expr", "x", "--n", "2"), "--n means nothing", "without sizes"),
        (("--expr", "__import__('os')"), "__import__", "x_1"),
        (("--expr", "x.real"), "is not allowed", ""),
    ],
)
def test_misuse_is_answered_in_three_parts(
    capsys: Capture, arguments: tuple[str, ...], what: str, instead: str
) -> None:
    status, out, err = run(capsys, "swell", *arguments)
    assert status == 2
    assert out == ""
    assert what in err
    assert instead in err.split("try:")[1]


def test_ctrl_c_keeps_the_rows_that_were_finished() -> None:
    command = [sys.executable, "-m", "difflab", "swell", "mlp", "--width", "12", "--depth", "1..2"]
    with subprocess.Popen(
        [*command, "--form", "expanded", "--budget", "100"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("[1/2]")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "width 12, depth 1" in out
    assert "interrupted after 1 of 2 rows" in err
