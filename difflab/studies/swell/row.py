"""One line of the swell study: one member of a family in one form, with everything measured."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

UNITS = {
    "operations": "tree dag emitted loss_tree loss_dag predicted_tree predicted_dag",
    "nodes": "depth loss_depth nodes loss_nodes emitted_nodes",
    "calls": "calls loss_calls matrix_products",
    "flops": "flops",
    "characters": "source_characters predicted_characters",
    "s": "derive_seconds share_seconds emit_seconds compile_seconds first_seconds "
    "evaluate_seconds predicted_seconds",
    "bytes": "peak_bytes predicted_bytes",
    "1": "parameters error tape_error",
}
"""Units, and the columns that have them."""


@dataclass(frozen=True, slots=True)
class SwellRow:
    """A gradient in one form; what was not measured, or means nothing for the form, is None.

    Attributes
    ----------
    member, form : str
        Such as ``"width 4, depth 2"`` and ``"expanded"``.
    size : int
        The number that grows in the family.
    status : str
        ``"done"``, or why there is no more: ``"refused: ..."``, ``"stopped after 3 s"``.
    parameters : int
        P.
    loss_tree, loss_dag, loss_depth, loss_calls : int or None
        The loss as written, with each distinct operation once, its longest path in nodes, and its
        transcendental calls as written.
    predicted_tree, predicted_seconds, predicted_bytes, predicted_characters
        What was foreseen of the expanded gradient, before anything was derived.
    predicted_exactly : bool
        Whether every derivative was counted, or representatives of each leaf.
    predicted_dag : int or None
        The gradient with each distinct operation once, where every derivative was counted.
    tree, dag, emitted, depth, calls : int or None
        The gradient as written, with each distinct operation once, as emitted; its longest path;
        the transcendental calls of the emitted code.
    source_characters : int or None
        Length of the emitted code.
    derive_seconds, share_seconds, emit_seconds, compile_seconds : float or None
        Preparation by phase.
    first_seconds, evaluate_seconds : float or None
        The first call with all that surrounds it, and the emitted code alone, shortest of many.
    peak_bytes : int or None
        Largest resident memory of the process until then.
    error, tape_error : float or None
        Relative L2 error of the gradient against arithmetic of many digits, and against the tape.
    loss_nodes, nodes, emitted_nodes, matrix_products, flops : int or None
        For programs of whole arrays: NumPy calls of the loss, of loss and gradient, after fusing
        and simplifying; products of matrices; floating-point operations.
    sympy : str
        Version of the library that derived.
    """

    member: str
    form: str
    size: int
    status: str = "done"
    parameters: int = 0
    loss_tree: int | None = None
    loss_dag: int | None = None
    loss_depth: int | None = None
    loss_calls: int | None = None
    predicted_tree: int | None = None
    predicted_seconds: float | None = None
    predicted_bytes: int | None = None
    predicted_characters: int | None = None
    predicted_exactly: bool = False
    predicted_dag: int | None = None
    tree: int | None = None
    dag: int | None = None
    emitted: int | None = None
    depth: int | None = None
    calls: int | None = None
    source_characters: int | None = None
    derive_seconds: float | None = None
    share_seconds: float | None = None
    emit_seconds: float | None = None
    compile_seconds: float | None = None
    first_seconds: float | None = None
    evaluate_seconds: float | None = None
    peak_bytes: int | None = None
    error: float | None = None
    tape_error: float | None = None
    loss_nodes: int | None = None
    nodes: int | None = None
    emitted_nodes: int | None = None
    matrix_products: int | None = None
    flops: int | None = None
    sympy: str = ""

    def as_dict(self) -> dict[str, Any]:
        """All columns by name."""
        return {column.name: getattr(self, column.name) for column in fields(self)}


def unit_of(column: str) -> str:
    """The unit of a column; "" for words.

    Examples
    --------
    >>> unit_of("derive_seconds"), unit_of("tree"), unit_of("status")
    ('s', 'operations', '')
    """
    return next((unit for unit, names in UNITS.items() if column in names.split()), "")
