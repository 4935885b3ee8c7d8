"""The tape as a table and as a picture."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import difflab as dl
from difflab.autodiff import grad
from difflab.autodiff.wengert import wengert
from difflab.cli import main
from difflab.errors import TracingError, UsageError
from difflab.report.layered import layout
from difflab.report.tape_drawing import LIMIT, draw_tape

# The fixture of the lecture: dL/dw1 = .03828454614565866 and the rest


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    shown = capsys.readouterr()
    return int(stopped.value.code or 0), shown.out, shown.err


def test_the_command_prints_the_chain_of_the_lecture(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "tape", "simplest")
    assert status == 0
    rows = {line.split()[1]: line for line in out.splitlines() if line[:1].isdigit()}
    assert {"w1", "b1", "z1", "n", "w2", "b2", "z2", "m", "L", "x", "y"} <= set(rows)
    assert rows["w1"].split()[-2:] == ["0.8", "0.0382845"]
    assert rows["n"].split()[2:] == ["sigmoid(z1)", "0.549834", "0.309349"]
    assert "dL/dz2 = dL/dm * dm/dz2 = -1.15124 * 0.244282 = -0.281227" in out
    assert "dL/dw1 = dL/dv5 * dv5/dw1 = 0.0765691 * 0.5 = 0.0382845" in out


def test_larger_tasks_show_shapes_and_norms(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "tape", "digits", "--set", "width=4")
    assert status == 0
    assert "(64, 4), norm" in out
    assert "chain rule" not in out


def test_the_command_writes_a_picture_and_refuses_unknown_tasks(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "tape.svg"
    assert run(capsys, "tape", "simplest", "--svg", str(file))[0] == 0
    assert len(boxes(file.read_text())) == 15
    assert run(capsys, "tape", "simplset")[0] == 2


# The table


def product(p: Any, x: Any) -> Any:
    return np.sum(np.sin(p["a"] * x) * p["b"])


PARAMS = {"a": np.array([0.5, 1.0]), "b": 2.0}


def test_adjoints_of_parameters_are_the_gradient() -> None:
    x = np.array([3.0, 4.0])
    steps = {step.name: step for step in wengert(product, PARAMS, x, constants=["x"])}
    gradient = grad(product)(PARAMS, x)
    np.testing.assert_array_equal(steps["params['a']"].adjoint, gradient["a"])
    assert steps["params['b']"].adjoint == gradient["b"]
    assert steps["x"].adjoint is None
    assert steps["L"].value == product(PARAMS, x)


def test_adjoints_sum_the_factors_over_all_arrows() -> None:
    f = lambda x: np.sin(x) * x + x**3 / np.exp(x)
    steps = wengert(f, 0.7, parameters=["x"])
    for step in steps[:-1]:
        total = sum(
            child.adjoint * factor.derivative
            for child in steps
            for factor in child.factors
            if factor.parent == step.index and factor.derivative is not None
        )
        assert step.adjoint == pytest.approx(total, rel=1e-14), step.name


def test_every_kind_of_call_is_spelled_as_one_writes_it() -> None:
    def f(p: Any) -> Any:
        sign, logdet = np.linalg.slogdet(p)
        rows = p[0, 1:] + (-p)[np.array([0])][0, 1:]
        return logdet * sign + np.sum(rows[::-1], axis=0) + dl.softplus(p[1][0]) / 2.0

    words = [step.expression for step in wengert(f, np.array([[2.0, 1.0], [0.5, 3.0]]))]
    for expected in ("np.linalg.slogdet(params)", "-params", "params[0, 1:]", "v1[1]"):
        assert any(expected in word for word in words), (expected, words)
    assert any(word.startswith("np.sum(") and "axis=0" in word for word in words)
    assert any(word.endswith("/ 2.0") for word in words)
    assert any(word.endswith("[::-1]") for word in words)


def test_intermediate_arrays_may_be_given_symbols() -> None:
    def f(x: Any) -> Any:
        z = x * x
        return np.sum(z), {"z": z}

    assert [step.name for step in wengert(f, np.ones(2), parameters=["x"])] == ["x", "z", "L"]


def test_a_result_without_parameters_is_refused() -> None:
    with pytest.raises(TracingError, match="does not depend"):
        wengert(lambda x: 1.0, 2.0)


# The picture


def boxes(svg: str) -> list[tuple[float, float]]:
    """Corners of all boxes, the background left out."""
    root = ElementTree.fromstring(svg)
    found = root.findall(".//{http://www.w3.org/2000/svg}g/{http://www.w3.org/2000/svg}rect")
    return [(float(box.attrib["x"]), float(box.attrib["y"])) for box in found]


def chain(count: int) -> Any:
    def f(x: Any) -> Any:
        for _ in range(count):
            x = np.sin(x)
        return x

    return wengert(f, 0.5, parameters=["x"])


def test_pictures_are_well_formed_deterministic_and_escaped() -> None:
    steps = wengert(lambda x: np.sum(np.where(x < 1.0, x, 2.0)), np.ones(2), parameters=["<x>"])
    svg = draw_tape(steps, "a & b")
    assert svg == draw_tape(steps, "a & b")
    assert len(boxes(svg)) == len(steps)


def test_a_graph_that_is_too_large_is_refused_and_one_at_the_limit_is_drawn() -> None:
    assert len(boxes(draw_tape(chain(LIMIT - 1)))) == LIMIT
    with pytest.raises(UsageError, match="201 steps, too many to draw"):
        draw_tape(chain(LIMIT))


def test_long_graphs_fold_into_bands_of_equal_height() -> None:
    corners = boxes(draw_tape(chain(24)))
    assert len({x for x, _ in corners}) == 3
    assert len({y for _, y in corners}) == 9


@pytest.mark.parametrize("seed", range(20))
def test_boxes_never_overlap_and_arrows_point_down_within_a_band(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 40))
    edges = sorted({(int(rng.integers(0, k)), k) for k in range(1, count) for _ in range(2)})
    placement = layout(count, edges)
    rows: dict[float, list[float]] = {}
    for x, y in placement.at:
        rows.setdefault(y, []).append(x)
        assert -0.01 <= x <= placement.columns
        assert 0 <= y < placement.rows
    for row in rows.values():
        ordered = sorted(row)
        assert all(b - a >= 0.999 for a, b in pairwise(ordered))
    if placement.rows < 12 and len(placement.gutters) == 1:
        assert all(placement.at[a][1] < placement.at[b][1] for a, b in edges)
