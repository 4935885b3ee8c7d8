"""One loss in every symbolic form: derived, counted, run, and held against the truth.

Rows are yielded as they are finished, so that what is stopped later keeps what it had.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from difflab.errors import DifflabError
from difflab.studies.members import Example
from difflab.studies.swell.row import SwellRow
from difflab.studies.truth import true_gradient
from difflab.trace import Program, trace
from difflab.tree import Nest, flatten

if TYPE_CHECKING:
    from difflab.symbolic import Prediction

FORMS = ("expanded", "cse", "staged", "matrix")
"""In the order of the tower: every one swells less than the one before."""

DEEP_TRUTH = 3_000_000
"""Operations of many digits that a reference gradient may take."""

LONGEST_SOURCE = 400_000
"""Operations of a tree that Python is asked to compile: some seconds and 300 MB."""


def measured_forms(
    example: Example, row: SwellRow, forms: Sequence[str] = FORMS, budget_seconds: float = 10.0
) -> Iterator[SwellRow]:
    """Yield a row per form.

    Parameters
    ----------
    example : Example
    row : SwellRow
        Names the member; the rows are copies of it with more filled in.
    forms : sequence of str
        Of `FORMS`.
    budget_seconds : float
        Predicted time of ``sympy.diff`` beyond which the forms that need it are refused.

    Examples
    --------
    >>> example = Example(lambda x: np.exp(x[0] * x[1]), np.array([0.5, 2.0]))
    >>> for row in measured_forms(example, SwellRow("product", "", 2)):
    ...     print(row.form, row.status, row.emitted, row.error < 1e-15)
    expanded done 8 True
    cse done 4 True
    staged done 4 True
    matrix done None True
    """
    with np.errstate(all="ignore"):
        program = trace(example.loss, example.params, *example.contexts)
    row, predicted = foreseen(program, row)
    judge = judge_of(example, predicted.loss_dag)
    trees = [form for form in forms if form in ("expanded", "cse")]
    if trees:
        too_long = _too_long(predicted, budget_seconds)
        if too_long:
            for form in trees:
                yield replace(row, form=form, status=f"refused: {too_long}")
        else:
            yield from _trees(example, program, row, trees, judge)
    for form, measure in (("staged", _staged), ("matrix", _matrix)):
        if form in forms:
            try:
                yield measure(example, program, replace(row, form=form), judge)
            except DifflabError as refusal:
                yield replace(row, form=form, status=f"refused: {refusal.what}")


def foreseen(program: Program, row: SwellRow) -> tuple[SwellRow, Prediction]:
    """Fill in what is known before anything is derived; also the whole prediction."""
    from difflab import symbolic as engine

    predicted = engine.predict(program)
    filled = replace(
        row,
        parameters=predicted.parameters,
        loss_tree=predicted.loss_tree,
        loss_dag=predicted.loss_dag,
        loss_depth=predicted.loss_depth,
        loss_calls=predicted.loss_calls,
        loss_nodes=program.operations,
        predicted_tree=predicted.gradient_tree,
        predicted_seconds=predicted.seconds,
        predicted_bytes=predicted.memory_bytes,
        predicted_characters=predicted.source_characters,
        predicted_exactly=predicted.exact,
        predicted_dag=predicted.gradient_dag,
        sympy=_version(),
    )
    return filled, predicted


Judge = Callable[[Nest], tuple[float | None, float | None]]
"""``judge(gradient)`` gives its errors against many digits, and against the tape."""


def _version() -> str:
    import sympy

    return str(sympy.__version__)


def _too_long(predicted: Any, budget_seconds: float) -> str:
    from difflab.symbolic.budget import DEEPEST

    if (predicted.loss_depth or 0) > DEEPEST:
        return f"the loss nests deeper than {DEEPEST} operations"
    build = BUILD_PER_OPERATION * predicted.loss_dag
    if build + predicted.seconds > budget_seconds:
        return f"deriving would take longer than {budget_seconds:g} s"
    return ""


BUILD_PER_OPERATION = 5e-4
"""Seconds per distinct operation of building a loss in SymPy (1.14, measured)."""


def judge_of(example: Example, loss_dag: int) -> Judge:
    """Make the judge of a problem; where many digits would take long, the tape is all it has."""
    from difflab.autodiff import value_and_grad

    leaves = flatten(example.params)[0]
    entries = sum(np.size(leaf) for leaf in leaves)
    with np.errstate(all="ignore"):
        tape = value_and_grad(example.loss)(example.params, *example.contexts)[1]
        truth = None
        if 2 * entries * loss_dag <= DEEP_TRUTH:
            truth = true_gradient(example.loss, example.params, *example.contexts, digits=50)[1]

    def judge(gradient: Nest) -> tuple[float | None, float | None]:
        return (None if truth is None else _error(gradient, truth), _error(gradient, tape))

    return judge


def _error(one: Nest, other: Nest) -> float:
    """Relative L2 error; NaN where a gradient is."""
    a, b = (
        np.concatenate([np.ravel(leaf) for leaf in flatten(nest)[0]]).astype(float)
        for nest in (one, other)
    )
    with np.errstate(all="ignore"):
        size = float(np.linalg.norm(b))
        return float(np.linalg.norm(a - b)) / (size or 1.0)


def _trees(
    example: Example, program: Program, row: SwellRow, forms: Sequence[str], judge: Judge
) -> Iterator[SwellRow]:
    """Differentiate the loss as one expression; then share what repeats."""
    from difflab import symbolic as engine

    arrays, symbols, data = engine.input_symbols(program)
    loss = engine.scalar_loss(program, arrays)
    derivatives, derive = timed(lambda: engine.derive(loss, symbols))
    count = engine.Counter()
    row = replace(
        row,
        tree=sum(count.tree(d) for d in derivatives),
        dag=count.dag(derivatives),
        depth=max(count.depth(d) for d in derivatives),
        derive_seconds=derive,
    )
    for form in forms:
        assignments = engine.Assignments((), (loss, *derivatives))
        now = replace(row, form=form)
        if form == "cse":
            assignments, share = timed(lambda: engine.share([loss, *derivatives]))
            now = replace(now, share_seconds=share)
        written = [right for _, right in assignments.replacements] + list(assignments.results)
        now = replace(
            now,
            emitted=assignments.operations,
            calls=sum(count.calls(expression) for expression in written),
        )
        if assignments.operations > LONGEST_SOURCE:
            yield replace(now, status="derived, too long for Python to compile")
            continue
        source, emit = timed(partial(engine.write_source, assignments, symbols, data))
        yield run_scalar(example, replace(now, emit_seconds=emit), source, judge)


def _staged(example: Example, program: Program, row: SwellRow, judge: Judge) -> SwellRow:
    """The reverse chain rule over scalar stages."""
    from difflab import symbolic as engine
    from difflab.symbolic import staged

    rough = engine.from_shapes(program)
    expected = staged.predicted_operations(program, rough)
    staged.refuse_longer(staged.BUDGET, expected, rough, margin=staged.ROUGH)
    arrays, symbols, data = engine.input_symbols(program)

    def derive() -> Any:
        stages, loss = staged.fuse(*staged.from_program(program, arrays))
        inputs = [stages.input(symbol) for symbol in symbols]
        return stages, loss, staged.reverse(stages, loss, inputs)

    (stages, loss, gradient), seconds = timed(derive)

    def write() -> Any:
        emitted = staged.emit(stages, [loss, *gradient.derivatives], gradient.adjoints)
        return emitted, emitted.function(symbols, data)

    (emitted, source), emit = timed(write)
    row = replace(
        row,
        emitted=emitted.operations,
        calls=emitted.transcendental,
        derive_seconds=seconds,
        emit_seconds=emit,
    )
    return run_scalar(example, row, source, judge)


def run_scalar(example: Example, row: SwellRow, source: str, judge: Judge) -> SwellRow:
    """Compile and run the source of a function of numbers, and judge its gradient."""
    from difflab import symbolic as engine

    try:
        compiled, compile_seconds = timed(lambda: engine.compile_source(source))
    except (RecursionError, MemoryError, SyntaxError) as refusal:
        reason = f"derived, but Python cannot compile it: {type(refusal).__name__}"
        return replace(row, status=reason, source_characters=len(source))
    leaves = flatten(example.params)[0]
    contexts = flatten(example.contexts)[0]

    def evaluate() -> Any:
        return engine.evaluate_whole(compiled, leaves, contexts)

    (_, gradient), first = timed(evaluate)
    error, tape_error = judge(gradient)
    numbers = [[entry for leaf in part for entry in np.ravel(leaf)] for part in (leaves, contexts)]
    with np.errstate(all="ignore"):
        alone = shortest(lambda: compiled(*numbers))
    return replace(
        row,
        source_characters=len(source),
        compile_seconds=compile_seconds,
        first_seconds=first,
        evaluate_seconds=alone,
        error=error,
        tape_error=tape_error,
        peak_bytes=_peak(),
    )


def _matrix(example: Example, program: Program, row: SwellRow, judge: Judge) -> SwellRow:  # noqa: ARG001
    """Matrix calculus on whole arrays."""
    from difflab.providers.symbolic_matrix import SymbolicMatrix

    prepared = SymbolicMatrix().prepare(example.loss, example.params, *example.contexts)

    def evaluate() -> Any:
        return prepared.value_and_gradient(example.params, *example.contexts)

    (_, gradient), first = timed(evaluate)
    error, tape_error = judge(gradient)
    seconds, sizes = prepared.preparation.seconds, prepared.preparation.sizes
    return replace(
        row,
        nodes=sizes["nodes"],
        emitted_nodes=sizes["emitted nodes"],
        matrix_products=sizes["matrix products"],
        flops=sizes["flops"],
        source_characters=sizes["source characters"],
        derive_seconds=seconds["derive"],
        emit_seconds=seconds["emit"],
        first_seconds=first,
        evaluate_seconds=shortest(evaluate),
        error=error,
        tape_error=tape_error,
        peak_bytes=_peak(),
    )


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Call once; the result, and the seconds it took."""
    start = time.perf_counter()
    result = call()
    return result, time.perf_counter() - start


def shortest(call: Callable[[], Any], budget: float = 0.05) -> float:
    """Shortest mean of a few calls in a row, within a budget of seconds."""
    _, once = timed(call)
    loops = max(1, min(1000, int(budget / 10 / max(once, 1e-7))))
    best, spent = once, once
    while spent < budget:
        start = time.perf_counter()
        for _ in range(loops):
            call()
        seconds = time.perf_counter() - start
        best, spent = min(best, seconds / loops), spent + seconds
    return best


def _peak() -> int | None:
    """Largest resident memory of this process so far, in bytes."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
