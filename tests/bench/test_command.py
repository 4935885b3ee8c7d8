"""``difflab bench``: one small case from the command line to the file."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from difflab import cli
from difflab.bench.cases import chosen
from difflab.bench.contenders import CONTENDERS
from difflab.bench.suite import SUITES


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return int(stopped.value.code or 0), captured.out, captured.err


def test_one_case_is_measured_shown_and_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "bench.json"
    status, out, err = run(
        capsys, "bench", "autodiff", "--case", "simplest", "--samples", "1", "--processes", "1",
        "--json", str(file),
    )  # fmt: skip
    assert status == 0, "whether or not targets are reached"
    assert "[1/1] simplest" in err
    assert re.search(r"^simplest +\S+ us", out, re.MULTILINE)
    assert re.search(r"^geometric mean +1\.00 ", out, re.MULTILINE)
    assert re.search(r"^autodiff / hand-written on 4-16-16-3 +<= 2\.2 +not measured", out, re.M)

    written = json.loads(file.read_text())
    assert (written["schema"], written["suite"]) == (1, "autodiff")
    rows = {row["contender"]: row for row in written["rows"]}
    assert list(rows) == [contender.name for contender in CONTENDERS]
    assert rows["hand-written"]["timing"]["samples"] == 1
    for contender in CONTENDERS:
        row, reason = rows[contender.name], contender.unavailable()
        assert row["status"] == ("ok" if reason is None else "unavailable"), row["reason"]
        assert row["reason"] == (reason or "")
        assert (row["timing"] is None) == (reason is not None)
        if reason is not None:
            assert f"{contender.name}: unavailable: {reason}" in out
    assert written["chain"] is None
    assert {"cpu", "numpy", "torch", "jax", "autograd"} <= set(written["machine"])
    assert written["settings"]["samples"] == 1
    assert written["settings"]["environment"]["OMP_NUM_THREADS"] == "1"
    assert {target["reached"] for target in written["targets"]} <= {True, False, None}


def test_the_chain_can_be_run_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from difflab.bench import suite
    from difflab.bench.record import ChainRow

    short = ChainRow(100_000, "ok", seconds=1.0, error=0.0, garbage=0)
    monkeypatch.setattr(suite, "chain_alone", lambda: short)
    status, out, err = run(capsys, "bench", "autodiff", "--case", "chain")
    assert "[3/3] chain" in err
    assert status == 0
    assert re.search(r"chain of 100,000 operations +<= 1\.5 s +1 s +yes", out)
    assert re.search(r"garbage collector +<= 0 +0 +yes", out)
    assert "geometric mean  " not in out


def test_of_several_processes_the_best_counts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from difflab.bench import suite
    from tests.bench.test_targets import row

    luck = iter([30, 20, 40])
    monkeypatch.setattr(suite, "measure_alone", lambda *_: [row("deep", "autodiff", next(luck))])
    status, out, err = run(capsys, "bench", "autodiff", "--case", "deep")
    assert status == 0
    assert err.count("deep") == 3
    assert re.search(r"^deep +autodiff +20 us +40 us +2\.00 +2\.00", out, re.MULTILINE)


def test_unknown_names_are_refused_before_anything_is_measured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, _, err = run(capsys, "bench", "autodif")
    assert status == 2
    assert "there is no benchmark 'autodif'" in err
    assert "try: 'autodiff'" in err
    status, _, err = run(capsys, "bench", "autodiff", "--case", "simple")
    assert status == 2
    assert "there is no case 'simple'" in err
    assert "`difflab bench --help` lists all" in err


def test_the_help_lists_all_cases(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "bench", "--help")
    for suite, line in zip(SUITES, out.partition("Cases:")[2].splitlines()[1:]):
        name, *listed = line.replace(",", " ").split()
        assert (name, listed) == (suite, chosen((), suite))


def test_a_file_that_cannot_be_written_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from difflab.bench import suite

    monkeypatch.setattr(suite, "measure_alone", lambda name, samples, suite: [])
    (tmp_path / "file").write_text("")
    target = str(tmp_path / "file" / "bench.json")
    status, _, err = run(capsys, "bench", "autodiff", "--case", "deep", "--json", target)
    assert status == 1
    assert "cannot write" in err
    assert "--json" in err


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "bench", "--help")
    assert status == 0
    assert re.search(r"Examples:\n\s+difflab bench autodiff", out)


def test_the_symbolic_suite_runs_and_holds_its_targets(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--case", "2-16-16-1", "--samples", "1", "--processes", "1")
    status, out, _ = run(capsys, "bench", "symbolic", *options)
    assert status == 0
    assert "symbolic:matrix / hand-written, geometric mean of 1 cases" in out
    assert "longest preparation of symbolic:matrix" in out
