"""``difflab slides``: output, files, exit status."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from difflab.course import ERRATA, ROWS
from tests.test_cli import run


@pytest.fixture(autouse=True)
def no_files_of_mnist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIFFLAB_DATA", str(tmp_path / "nothing here"))


def test_slides_come_in_order_with_values_of_every_engine(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page, data = tmp_path / "slides.md", tmp_path / "slides.json"
    status, out, _ = run(capsys, "slides", "--markdown", str(page), "--json", str(data))
    assert status == 0
    numbers = [int(n) for n in re.findall(r"^(\d+)  \S", out.split("\nErrata\n")[0], re.M)]
    assert numbers == sorted(set(numbers))
    assert "\x1b" not in out, "colours are for terminals"
    assert re.search(
        r"dL/dm = 2\*\(y - m\)\n +slide 1\.15124  symbolic -1\.15124  numerical -1\.15124  "
        r"automatic -1\.15124  -> wrong on the slide",
        out,
    )
    assert "needs the MNIST files" in out
    last = next(line for line in out.splitlines() if line.startswith(f"{len(ROWS)} rows"))
    counted = [int(n) for n in re.findall(r"[a-zA-Z] (\d+)", last.split(":")[1])]
    assert sum(counted) == len(ROWS)

    body = json.loads(data.read_text(encoding="utf-8"))
    assert [row["key"] for row in body["rows"]] == [row.key for row in ROWS]
    assert len(body["errata"]) == len(ERRATA)
    chosen = next(row for row in body["rows"] if row["key"] == "dL/db1")
    assert chosen["error"] is None
    assert chosen["engines"]["automatic"][0] == pytest.approx(0.0765690922913)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# The lecture, line by line\n")
    for line in text.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) in (4, 10), line
    assert {path.name for path in tmp_path.iterdir()} == {"slides.md", "slides.json"}


def test_errata_alone(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "slides", "--errata")
    assert status == 0
    first = "Errata\n 1  dL/dm = 2(y - m)  -> wrong on the slide\n    correct: -2(y - m)\n"
    assert out.startswith(first)
    for number in ("0.154628", "0.994511", "-0.151331", "0.562097", "-1.68586", "0.0765691", "9.3"):
        assert number in out
    assert "0.00043185, lower than" in out
    assert "Recap" not in out


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "slides", "--help")
    assert status == 0
    assert re.search(r"Examples?:\n\s+difflab slides", out)


@pytest.mark.parametrize(
    ("arguments", "expected", "word"),
    [
        (("--markdown",), 2, "difflab slides --help"),
        (("--colour",), 2, "difflab slides --help"),
        (("surplus",), 2, "difflab slides --help"),
    ],
)
def test_misuse(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], expected: int, word: str
) -> None:
    status, out, errors = run(capsys, "slides", *arguments)
    assert status == expected
    assert not out
    assert word in errors


def test_a_place_that_cannot_be_written_is_told_before_anything_is_printed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    status, out, errors = run(capsys, "slides", "--json", str(blocked / "x.json"))
    assert status == 1
    assert not out
    assert "cannot write" in errors


def test_broken_files_are_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                 "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):  # fmt: skip
        (tmp_path / name).write_bytes(b"no idx")
    status, _, errors = run(capsys, "slides", "--data-dir", str(tmp_path))
    assert status == 1
    assert "train-images" in errors
