"""``difflab derive``: output, files, exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_cli import run


def test_derive_without_a_name_shows_the_simplest_task(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "derive")
    assert status == 0
    assert out.startswith("simplest: the chain rule, factor by factor")


def test_derive_writes_a_document_beside_the_text(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "sigmoid.tex"
    status, out, _ = run(capsys, "derive", "sigmoid", "--latex", str(target))
    assert status == 0
    assert f"the document is in {target}" in out
    text = target.read_text()
    assert "a \\, \\left(1 - a\\right)" in text
    assert text.endswith("\\end{document}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["sigmoid.tex"]


def test_derive_takes_settings_of_a_task(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "derive", "digits", "--set", "width=5")
    assert status == 0
    assert "32 x 10" not in out
    assert "5 x 10" in out


def test_derive_takes_an_expression(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "derive", "--expr", "z/(1+exp(-z))")
    assert status == 0
    assert "y σ(-z) + σ(z)" in out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("sincoz",), "'sincos'"),
        (("simplest", "--expr", "x"), "on its own"),
        (("--expr", "x.y"), "not allowed"),
        (("--expr", "x", "--set", "width=2"), "on its own"),
        (("simplest", "--set", "colour=red"), "no setting"),
        (("sigmoid", "--latex"), "difflab derive --help"),
    ],
)
def test_misuse_exits_with_status_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], word: str
) -> None:
    status, out, errors = run(capsys, "derive", *arguments)
    assert status == 2
    assert not out
    assert word in errors
    assert "try: " in errors


def test_a_place_that_cannot_be_written_leaves_no_derivation_half_printed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    status, out, errors = run(capsys, "derive", "tanh", "--latex", str(blocked / "x.tex"))
    assert status == 1
    assert not out
    assert "cannot write" in errors
