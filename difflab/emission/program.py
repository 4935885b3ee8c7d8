"""A compiled program: the source of value and gradient, and the function it defines."""

from __future__ import annotations

import builtins
import hashlib
import inspect
import keyword
import linecache
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.emission.emit import Emitter
from difflab.emission.graph import Argument, Constant, Graph
from difflab.emission.memory import LARGE, Workspace, makes_new_array, plan
from difflab.emission.numbers import unboxed
from difflab.tree import Structure, unflatten


class Changed(Exception):
    """Raised by a program when a decision comes out otherwise than while it was recorded."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a function is called: the names and nests of its arguments.

    Attributes
    ----------
    arguments : tuple of str
        Names of the parameters' argument and of the contexts.
    structures : tuple of Structure
        The nest of each argument.
    dynamic : tuple of bool
        For each leaf of all arguments whether it is an input of the program.
    arrays : tuple of bool
        For each parameter whether it is an array; gradients of others are NumPy numbers.
    quiet : tuple of str
        Floating-point errors that the reverse sweep passes over, as ``np.errstate`` names them.
    """

    arguments: tuple[str, ...]
    structures: tuple[Structure, ...]
    dynamic: tuple[bool, ...]
    arrays: tuple[bool, ...] = ()
    quiet: tuple[str, ...] = ("under",)


@dataclass(frozen=True, slots=True)
class Program:
    """Straight-line NumPy for a value and its gradient.

    Attributes
    ----------
    source : str
        What was compiled.
    function : callable
        ``function(workspace, *arguments) -> (value, gradient nest)``.
    workspace : Workspace
        The memory that it writes intermediate results into.
    calls : int
        NumPy calls that it makes.
    """

    source: str
    function: Callable[..., Any]
    workspace: Workspace
    calls: int


def assemble(graph: Graph, form: Form, large: int = LARGE) -> Program:
    """Emit and compile a graph.

    The program raises `Changed` where a decision comes out otherwise than recorded.
    """
    small = unboxed(graph)
    if small is not None:
        graph = small.graph
    workspace = plan(graph, large)
    emitter = Emitter(graph, [], workspace)
    emitter.namespace["Changed"] = Changed
    unpacking, emitter.names = _unpack(form, emitter)
    unpacking += _numbers(emitter.names, graph, small.inputs if small else None)
    emitter.taken = frozenset({*form.arguments, *emitter.names})
    emitter.emit()
    value, *gradient = (
        _boxed(emitter, output, small.outputs[k], (False, *form.arrays)[k])
        if small
        else _result(emitter, output, graph, k, (False, *form.arrays)[k])
        for k, output in enumerate(graph.outputs)
    )
    if _depth(form.structures[0]) > DEEPEST:
        structure = emitter.named(form.structures[0])
        nest = f"{emitter.named(unflatten)}({structure}, [{', '.join(gradient)}])"
    else:
        nest = _spell_nest(form.structures[0], iter(gradient), emitter)
    begin = ["# unpack the arguments", *unpacking] if unpacking else []
    if workspace.buffers:
        begin += [", ".join(f"w{k}" for k in range(len(workspace.buffers))) + ", = workspace"]
    forward = [*begin, "# the function", *emitter.lines[: emitter.forward]]
    source = _two_functions(form, forward, emitter.lines[emitter.forward :], value, nest)
    name = f"<difflab compiled gradient {hashlib.sha256(source.encode()).hexdigest()[:12]}>"
    exec(compile(source, name, "exec"), emitter.namespace)
    function = emitter.namespace["value_and_gradient"]
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)  # traceback
    return Program(source, function, workspace, graph.calls)


def _two_functions(
    form: Form, forward: list[str], backward: list[str], value: str, nest: str
) -> str:
    """The function, and the reverse sweep with what it needs of the function's values.

    Slopes may underflow without a word, as in the eager sweep; what the user's calls do is reported
    as the user wishes.
    """
    header = f"def value_and_gradient(workspace, {', '.join(form.arguments)}):"
    if not backward:
        return _written(header, [*forward, f"return {value}, {nest}"])
    text = "\n".join((*backward, nest))
    mentioned = set(re.findall(r"[^\W\d]\w*", text))
    defined = dict.fromkeys(form.arguments)
    for line in forward:
        left, equals, _ = line.partition(" = ")
        if equals and not line.startswith("#"):
            defined.update(dict.fromkeys(part.strip(" ,") for part in left.split(",")))
    needed = ", ".join(name for name in defined if name in mentioned)
    ignored = ", ".join(f'{name}="ignore"' for name in form.quiet)
    return (
        _written(header, [*forward, f"return {value}, reverse_sweep({needed})"])
        + "\n\n"
        + _written(
            f"@np.errstate({ignored})\ndef reverse_sweep({needed}):",
            [*backward, f"return {nest}"],
        )
    )


def _written(header: str, body: list[str]) -> str:
    return "\n".join([header, *(f"    {line}" for line in body), ""])


def _unpack(form: Form, emitter: Emitter) -> tuple[list[str], list[str]]:
    """Lines that take arguments apart, and the names of the dynamic leaves."""
    lines: list[str] = []
    leaves: list[str] = []
    for position, (argument, structure) in enumerate(zip(form.arguments, form.structures)):
        if structure.kind is None:
            leaves.append(argument)
            continue
        counter = iter(range(1, 1_000_000))
        prefix = "p" if position == 0 else f"{argument}_"
        while any(re.fullmatch(rf"{prefix}\d+", other) for other in form.arguments):
            prefix += "_"
        lines += _take_apart(structure, argument, prefix, counter, leaves, emitter)
    return lines, [name for name, is_input in zip(leaves, form.dynamic) if is_input]


def _numbers(names: list[str], graph: Graph, axes: tuple[int, ...] | None) -> list[str]:
    """Make NumPy numbers of numbers, for Python's divide by zero in another way, and of arrays."""
    lines = []
    for k, (name, node) in enumerate(zip(names, graph.nodes)):
        if axes and axes[k]:
            lines.append(f"{name} = {name}[{', '.join('0' * axes[k])}]")
        elif not node.shape and node.dtype is not None:
            lines.append(f"{name} = np.{node.dtype.name}({name})")
    return lines


def _boxed(emitter: Emitter, output: Argument, axes: int, as_array: bool) -> str:
    """A number as the result that it stands for."""
    text = emitter.argument(output)
    if isinstance(output, Constant) and isinstance(output.value, np.ndarray):
        return f"np.array({text})"
    if axes or as_array:
        return f"np.array({'[' * axes}{text}{']' * axes})"
    return text


def _take_apart(
    structure: Structure, path: str, prefix: str, counter: Any, leaves: list[str], emitter: Emitter
) -> list[str]:
    """Assignments of the leaves below ``path``, without recursion into the text of one line."""
    if not structure.children:
        return []
    if structure.kind is dict:
        lines = []
        for key, child in zip(structure.keys, structure.children):
            inner = f"{path}[{emitter.literal(key)}]"
            if child.kind is None:
                leaves.append(f"{prefix}{next(counter)}")
                lines.append(f"{leaves[-1]} = {inner}")
            else:
                lines += _take_apart(child, inner, prefix, counter, leaves, emitter)
        return lines
    if all(child.kind is None for child in structure.children):
        names = [f"{prefix}{next(counter)}" for _ in structure.children]
        leaves += names
        return [f"{', '.join(names)}{',' if len(names) == 1 else ''} = {path}"]
    lines = []
    for k, child in enumerate(structure.children):
        if child.kind is None:
            leaves.append(f"{prefix}{next(counter)}")
            lines.append(f"{leaves[-1]} = {path}[{k}]")
        else:
            lines += _take_apart(child, f"{path}[{k}]", prefix, counter, leaves, emitter)
    return lines


def _result(emitter: Emitter, output: Argument, graph: Graph, position: int, as_array: bool) -> str:
    """A result as text; a gradient never shares memory with anything else."""
    text = emitter.argument(output)
    if isinstance(output, Constant):
        array = np.ndim(output.value) > 0 or (as_array and position > 0)
        return f"np.array({text})" if array else f"{text}[()]" if _is_array(output.value) else text
    node = graph.nodes[output]
    if not node.shape and not (as_array and position):  # a number, also where a view was made
        number = isinstance(node.function, np.ufunc) or node.function in (np.sum, np.mean)
        return text if number else f"{emitter.argument(output, atom=True)}[()]"
    again = output in graph.outputs[1:position]
    fresh = makes_new_array(node) and not again and bool(node.shape)
    return text if fresh else f"np.array({text})"


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


DEEPEST = 50
"""Brackets within brackets that are written out; Python's parser gives up at 200."""


def _depth(structure: Structure) -> int:
    return 1 + max((_depth(child) for child in structure.children), default=0)


def _spell_nest(structure: Structure, leaves: Any, emitter: Emitter) -> str:
    kind = structure.kind
    if kind is None:
        return str(next(leaves))
    members = [_spell_nest(child, leaves, emitter) for child in structure.children]
    if kind is dict:
        keys = [emitter.literal(key) for key in structure.keys]
        return "{" + ", ".join(f"{k}: {m}" for k, m in zip(keys, members)) + "}"
    if kind is list:
        return "[" + ", ".join(members) + "]"
    if kind is tuple:
        return "(" + ", ".join(members) + ("," if len(members) == 1 else "") + ")"
    inner = ", ".join(members)
    return f"{emitter.named(kind)}({inner if hasattr(kind, '_fields') else f'({inner},)'})"


def argument_names(f: Callable[..., Any], contexts: Sequence[Any]) -> tuple[str, ...]:
    """Names for the arguments of a program: those of ``f`` where it has such.

    Examples
    --------
    >>> argument_names(lambda params, x, y: 0.0, [1, 2])
    ('params', 'x', 'y')
    """
    try:
        known = [
            parameter.name
            for parameter in inspect.signature(f).parameters.values()
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):  # some built-in functions keep it for themselves
        known = []
    names = []
    for position in range(1 + len(contexts)):
        name = known[position] if position < len(known) else ""
        usable = name.isidentifier() and not keyword.iskeyword(name) and not _reserved(name)
        names.append(name if usable else ("params" if position == 0 else f"context{position}"))
    return tuple(names) if len(set(names)) == len(names) else _numbered(len(contexts))


def _reserved(name: str) -> bool:
    """Names that a program gives to values, constants, memory and modules."""
    ours = name in (
        "np",
        "workspace",
        "Changed",
        "reverse_sweep",
        "value_and_gradient",
    ) or name in dir(builtins)
    return ours or (name[:1] in "cgpvw" and name[1:].isdigit())


def _numbered(contexts: int) -> tuple[str, ...]:
    return ("params", *(f"context{k}" for k in range(1, contexts + 1)))
