"""The rows of the lecture: complete, in order, judged by numbers that can turn out otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from difflab import tasks
from difflab.course import (
    ROWS,
    TITLES,
    Evaluated,
    chain,
    checks_chain,
    counts,
    evaluate,
    evaluate_all,
)
from difflab.course.checks_claims import ByTasks
from difflab.course.row import (
    ANSWERED,
    ENGINES,
    HOLDS,
    NEEDS_FILES,
    NOT_HERE,
    SHOWN,
    UNCLEAR,
    VERDICTS,
    WRONG,
    Finding,
    SlideRow,
    judge,
    relative_error,
)
from tests.course.lecture import LECTURE, formula_like, lines_by_slide, stripped
from tests.course.lines import LINES

BY_KEY = {row.key: row for row in ROWS}

SLIDE_IS_WRONG = {
    "2-D output", "n of n", "dm/dz2", "dL/dm", "dm/dz2 written out",
    "dL/dw2 with the slide's factors", "dL/db2 with the slide's factors", "dn/dz1",
    "dL/dw1 with the slide's factors", "truncation error", "AlexNet's gain",
}  # fmt: skip
SLIDE_IS_UNCLEAR = {
    "differentiable", "dz1/dw1 as 24", "dL/db1", "dz1/dw1 as dL/dw1", "two layers", "three layers",
    "linear projection", "shallow CNNs underperform",
}  # fmt: skip


@pytest.fixture(scope="module")
def found() -> Mapping[str, Finding]:
    return {each.row.key: each.finding for each in evaluate_all("fetch them")}


def test_rows_follow_the_lecture_and_have_names_of_their_own() -> None:
    firsts = [row.slides[0] for row in ROWS]
    assert firsts == sorted(firsts)
    assert len(BY_KEY) == len(ROWS)
    for row in ROWS:
        assert list(row.slides) == sorted(set(row.slides))
        assert all(1 <= number <= len(TITLES) for number in row.slides)
        assert row.text
        assert callable(row.check)
        assert row.kind in ("formula", "claim", "code", "question", "number")


def test_every_line_with_a_formula_has_a_row_or_a_reason() -> None:
    for number, line, key in LINES:
        if key.startswith("- "):
            assert len(key) > 6
            continue
        row = BY_KEY[key]
        assert number in row.slides, line
        assert line in [stripped(each) for each in row.text.splitlines()], line


needs_the_lecture = pytest.mark.skipif(
    not LECTURE.is_file(), reason=f"the lecture is not in {LECTURE}"
)


@needs_the_lecture
def test_no_line_of_the_lecture_is_left_out() -> None:
    expected = formula_like(LECTURE.read_text(encoding="utf-8"))
    assert [(number, line) for number, line, _ in LINES] == expected


@needs_the_lecture
def test_titles_and_texts_are_printed_on_the_slides_that_are_named() -> None:
    printed: dict[int, list[str]] = {number: [] for number in range(1, len(TITLES) + 1)}
    for number, line in lines_by_slide(LECTURE.read_text(encoding="utf-8")):
        printed[number].append(stripped(line))
    everywhere = {number: [*lines, TITLES[number - 1]] for number, lines in printed.items()}
    for row in ROWS:
        for line in row.text.splitlines():
            on = [number for number in row.slides if stripped(line) in everywhere[number]]
            assert on, f"{row.key}: {line}"
        for number in row.slides:
            assert any(stripped(line) in everywhere[number] for line in row.text.splitlines())


def test_a_line_that_nobody_covers_would_be_found() -> None:
    planted = f"\n{TITLES[0]}\n\n{TITLES[1]}\n\n- $E = m c^2$\n"
    assert formula_like(planted) == [(2, "$E = m c^2$")]
    assert (2, "$E = m c^2$") not in [(number, line) for number, line, _ in LINES]


def test_verdicts_are_those_that_the_errata_expect(found: Mapping[str, Finding]) -> None:
    by_verdict = {v: {key for key, f in found.items() if f.verdict == v} for v in VERDICTS}
    assert by_verdict[WRONG] == SLIDE_IS_WRONG
    assert by_verdict[UNCLEAR] == SLIDE_IS_UNCLEAR
    assert by_verdict[NEEDS_FILES] == {row.key for row in ROWS if row.needs_files}
    for key in by_verdict[NOT_HERE]:
        assert not BY_KEY[key].formula, f"{key}: {found[key].note}"
    for key in by_verdict[HOLDS]:
        assert found[key].error < 0.1
        assert found[key].slide


@pytest.mark.parametrize(
    ("key", "slide", "truth"),
    [
        ("L", 0.33133809095635464, 0.33133809095635464),
        ("m", 0.4243802548936019, 0.4243802548936019),
        ("n", 0.5498339973124778, 0.5498339973124778),
        ("n of n", 0.5620971813849189, 0.5498339973124778),
        ("dL/dw2, three factors", -0.1546279934597754, -0.1546279934597754),
        ("dL/db2, three factors", -0.2812266869920346, -0.2812266869920346),
        ("dL/dw1, five factors", 0.03828454614565866, 0.03828454614565866),
        ("dL/dw2 with the slide's factors", 0.15133114450765117, -0.1546279934597754),
        ("dL/dw1 with the slide's factors", -1.6858630198383127, 0.03828454614565866),
        ("dz1/dw1 as 24", 24, 0.5),
        ("AlexNet's gain", 8.5, 9.3),
        ("64 perceptrons", 128, 128),
        ("fully connected", 101770, 101770),
    ],
)
def test_golden_numbers(found: Mapping[str, Finding], key: str, slide: float, truth: float) -> None:
    assert found[key].slide[0] == pytest.approx(slide, rel=1e-13)
    assert found[key].truth[0] == pytest.approx(truth, rel=1e-13)


def test_the_omitted_derivative_is_given_by_all_engines(found: Mapping[str, Finding]) -> None:
    omitted = found["dL/db1"]
    assert not omitted.slide
    assert set(omitted.engines) == set(ENGINES)
    for value in omitted.engines.values():
        assert value[0] == pytest.approx(0.07656909229131735, rel=1e-9)
    assert "0.0765690" in omitted.note


def test_three_engines_answer_for_every_formula_of_the_chain(found: Mapping[str, Finding]) -> None:
    chain = [row.key for row in ROWS if row.kind == "formula" and 14 <= row.slides[0] <= 22]
    assert len(chain) > 25
    for key in chain:
        assert set(found[key].engines) == set(ENGINES), key
        for name, values in found[key].engines.items():
            limit = 1e-8 if name == "numerical" else 1e-12
            assert relative_error(values, found[key].truth) < limit


def test_the_program_of_the_slide_makes_the_numbers_that_it_must(
    found: Mapping[str, Finding],
) -> None:
    first = found["program of the data"].slide
    assert first == pytest.approx((5.48813504, 7.15189366, -0.07858353), abs=5e-9)


def test_least_squares_is_confirmed_at_its_minimum(found: Mapping[str, Finding]) -> None:
    assert found["closed form"].truth == pytest.approx((-0.29157761, -0.04718096), abs=5e-9)
    assert "symbolic" in found["closed form"].note
    assert "rank 1 of 2" in found["pseudo-inverse"].note


@pytest.mark.parametrize(
    ("key", "formula", "verdict"),
    [
        ("dL/dm", "dL/dm = -2*(y - m)", HOLDS),
        ("dm/dz2", "dm/dz2 = sigma'(z2)", HOLDS),
        ("dm/dz2", "dm/dz2 = m*(1 - m)", HOLDS),
        ("n of n", "n = sigmoid(w1*x + b1)", HOLDS),
        ("dL/db1", "dL/db1 = -2*(y - m) * m*(1 - m) * w2 * n*(1 - n)", HOLDS),
        ("dz2/dw2", "dz2/dw2 = w2", WRONG),
        ("L", "L = (y - m)^2/2", WRONG),
        ("dL/dw1, five factors", "dL/dw1 = dz1/dw1 * dn/dz1 * dm/dz2 * dL/dm", WRONG),
        ("descent of w2", "w2 = w2 + eta*(dL/dw2)", WRONG),
        ("sigma'(m) as an identity", "sigma'(m) = sigma(m)*(1 + sigma(m))", WRONG),
        ("gradient of SSE", "dSSE/dw = -2*X'@y + X'@X@w", WRONG),
        ("SSE expanded", "SSE = y'@y - y'@X@w + w'@X'@X@w", WRONG),
        ("gradient of SSE is zero", "-X'@y + 2*X'@X@w = 0", WRONG),
        ("normal equations", "X'@X@w = X'@y + 0.001", WRONG),
        ("closed form", "w = X'@y", WRONG),
        ("pseudo-inverse", "pinv(X) = X'", WRONG),
        ("shape of w", "shape(pinv(X)@Y) = (1, d)", WRONG),
        ("two layers", "W@max(0, W@X + B) + B = W@X + B", WRONG),
        ("question: softmax cross-entropy", "dL/dz = y - p", WRONG),
        ("question: binary cross-entropy", "dL/dz = p", WRONG),
        ("forward difference", "df/dx = (f(x + 2*h*e) - f(x))/h", WRONG),
        ("fixed eta", "updates that raise L = 1", WRONG),
        ("AlexNet's gain", "25.7 - 16.4 = 9.3", HOLDS),
        ("fully connected", "parameters(784, 128, 10) = 784*128 + 128*10", WRONG),
        ("some noise", "std(Y - sin(X[:, 0]) - cos(X[:, 1])) = 0.2", WRONG),
        ("inputs in range", "0 <= min(X) < max(X) <= 5 = True", WRONG),
    ],
)
def test_a_planted_formula_changes_the_verdict(key: str, formula: str, verdict: str) -> None:
    planted = replace(BY_KEY[key], formula=formula)
    assert evaluate(planted, "").verdict == verdict


def test_a_program_with_another_number_is_caught() -> None:
    row = BY_KEY["program of the data"]
    planted = replace(row, text=row.text.replace("* 0.1", "* 0.2"))
    assert planted.text != row.text
    assert evaluate(planted, "").verdict == WRONG


def test_one_update_that_raises_the_loss_refutes_the_fixed_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks_chain, "descend", lambda rule: [1.0, 0.5, 0.51, 0.4])
    found = evaluate(BY_KEY["fixed eta"], "")
    assert (found.verdict, found.truth) == (WRONG, (1.0,))


def test_an_engine_that_contradicts_the_truth_leaves_nothing_decided() -> None:
    found = judge((1.0,), (1.0,), {"automatic": (1.0 + 1e-9,)})
    assert found.verdict == NOT_HERE
    assert "automatic" in found.note
    assert judge((1.0,), (1.0,), {"automatic": (float("nan"),)}).verdict == NOT_HERE


def test_an_identity_that_holds_at_one_point_only_does_not_pass() -> None:
    row, m = BY_KEY["sigma'(m) as an identity"], chain.run()["m"]
    constant = replace(row, formula=f"{row.formula} + (m - {m!r})")
    finding = evaluate(constant, "")
    assert finding.verdict != HOLDS
    assert "elsewhere" in finding.note


def test_claims_and_questions_point_to_tasks() -> None:
    known = tasks.names()
    for row in ROWS:
        if isinstance(row.check, ByTasks):
            finding = evaluate(row, "")
            there = all(name in known for name in row.check.names)
            expected = (ANSWERED if row.kind == "question" else SHOWN) if there else NOT_HERE
            assert finding.verdict == expected
            assert there or "there is no task" in finding.note


def test_counts_add_up() -> None:
    few = [row for row in ROWS if row.slides[0] in (18, 24)]
    evaluated = evaluate_all("", few)
    assert all(isinstance(each, Evaluated) for each in evaluated)
    assert sum(counts(evaluated).values()) == len(few)
    assert evaluated[0].title == "The simplest MLP"


def test_a_row_without_an_equals_sign_is_refused() -> None:
    planted = SlideRow("x", (1,), "x", "no equation", "formula", BY_KEY["L"].check)
    with pytest.raises(ValueError, match="no equals sign"):
        evaluate(planted, "")
