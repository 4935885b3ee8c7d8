"""Provider ``torch``: the same loss through PyTorch autograd, as a reference from outside.

The function is traced once; its NumPy calls are then replayed with the PyTorch function of the same
meaning. None of our derivative rules take part: only the list of calls is ours.
"""

from __future__ import annotations

import importlib.util
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from difflab import functions as own
from difflab.errors import MissingRuleError, ProviderUnavailableError
from difflab.providers.protocol import Loss, Preparation, Prepared, Stopwatch
from difflab.providers.replay import no_counterpart, straight_program
from difflab.signature import Signature
from difflab.trace import fill_holes
from difflab.tree import Nest, flatten

Call = Callable[..., Any]


@dataclass(frozen=True)
class Torch:
    """PyTorch's reverse mode on the traced function; needs the extra ``torch``.

    Examples
    --------
    >>> repr(Torch())
    'Torch()'
    """

    @property
    def name(self) -> str:
        """The spec."""
        return "torch"

    def unavailable(self) -> str | None:
        """Whether PyTorch is installed; does not import it."""
        if importlib.util.find_spec("torch") is None:
            return "PyTorch is not installed: pip install 'difflab[torch]'"
        return None

    def prepare(self, f: Loss, params: Nest, *contexts: Any) -> Prepared:
        """Trace and translate; see `GradientProvider`.

        Raises
        ------
        TracingError
            When the function decides by values: a replay would follow one branch for ever.
        MissingRuleError
            When a NumPy call has no PyTorch counterpart in the table.
        """
        signature = Signature.of(params, *contexts)
        watch = Stopwatch()
        with watch.phase("import"):
            try:
                import torch
            except ImportError as error:
                raise ProviderUnavailableError(
                    "provider 'torch' cannot run here", str(error), "pip install 'difflab[torch]'"
                ) from error
        with watch.phase("trace"):
            program = straight_program(f, params, *contexts)
        with watch.phase("translate"):
            table = _translations()
            for entry in program.entries:
                if entry.function is not None and entry.function not in table:
                    raise no_counterpart(entry.function, "PyTorch")

        def call(function: Call, operands: Sequence[Any], options: dict[str, Any]) -> Any:
            return table[function](*operands, **options)

        def evaluate(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, list[Any]]:
            # as_tensor shares memory with NumPy; nothing below writes into it
            inputs = [torch.as_tensor(np.asarray(leaf)).requires_grad_() for leaf in leaves]
            data = [torch.as_tensor(np.asarray(leaf)) for leaf in flatten(contexts)[0]]
            loss = program.run([*inputs, *data], call)
            if not loss.requires_grad:
                return loss.numpy()[()], [np.zeros_like(leaf)[()] for leaf in leaves]
            gradient = torch.autograd.grad(loss, inputs, allow_unused=True)
            arrays = [
                np.zeros_like(leaf) if g is None else g.numpy().copy()
                for g, leaf in zip(gradient, leaves)
            ]
            return loss.detach().numpy()[()], [
                array if isinstance(leaf, np.ndarray) else array[()]
                for array, leaf in zip(arrays, leaves)
            ]

        sizes = {"tape entries": program.operations, "loss evaluations": 1}
        return Prepared(signature, Preparation(self.name, watch.seconds, sizes), evaluate)


@cache
def _translations() -> dict[Call, Call]:
    """NumPy function or primitive -> PyTorch code with the same operands and options."""
    import torch

    def tensor(x: Any) -> Any:
        return x if isinstance(x, torch.Tensor) else torch.as_tensor(x)

    def on_tensors(function: Call) -> Call:
        """PyTorch refuses plain numbers where NumPy takes them."""
        return lambda *operands: function(*(tensor(x) for x in operands))

    def reduce(function: Call) -> Call:
        def call(x: Any, axis: Any = None, keepdims: bool = False, **rest: Any) -> Any:
            axes = tuple(range(x.ndim)) if axis is None else axis
            return function(x, dim=axes, keepdim=keepdims, **rest)

        return call

    def deviation(function: Call) -> Call:
        def call(x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
            return function(x, dim=axis, correction=ddof, keepdim=keepdims)

        return call

    def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
        return torch.linalg.norm(x, ord=ord, dim=axis, keepdim=keepdims)

    def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        axes = tuple(range(x.ndim)) if axis is None else axis
        return torch.logsumexp(x, dim=axes, keepdim=keepdims)

    def softplus(x: Any) -> Any:
        return -torch.nn.functional.logsigmoid(-x)  # F.softplus turns linear above 20

    def binary_cross_entropy(z: Any, y: Any) -> Any:
        z, y = torch.broadcast_tensors(tensor(z), tensor(y))
        return torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")

    def softmax_cross_entropy(z: Any, y: Any, axis: int = -1) -> Any:
        return -(tensor(y) * torch.log_softmax(tensor(z), dim=axis)).sum(dim=axis)

    def getitem(x: Any, *arrays: Any, index: Any) -> Any:
        filled = fill_holes(index, (x, *arrays))
        return x[_torch_index(filled)]

    table: dict[Call, Call] = {
        np.sum: reduce(torch.sum),
        np.mean: reduce(torch.mean),
        np.max: reduce(torch.amax),  # amax splits ties equally, as our convention does
        np.min: reduce(torch.amin),
        np.var: deviation(torch.var),
        np.std: deviation(torch.std),
        np.linalg.norm: norm,
        np.reshape: lambda x, shape: torch.reshape(
            x, (shape,) if isinstance(shape, int) else shape
        ),
        np.ravel: lambda x: torch.reshape(x, (-1,)),
        np.transpose: lambda x, axes=None: x.permute(*(axes or range(x.ndim)[::-1])),
        np.swapaxes: lambda x, axis1, axis2: torch.swapaxes(x, axis1, axis2),
        np.expand_dims: lambda x, axis: torch.unsqueeze(x, axis),
        np.squeeze: lambda x, axis=None: x.squeeze() if axis is None else x.squeeze(axis),
        np.broadcast_to: lambda x, shape: torch.broadcast_to(x, shape),
        np.concatenate: lambda *xs, axis=0: torch.cat([tensor(x) for x in xs], dim=axis),
        np.stack: lambda *xs, axis=0: torch.stack([tensor(x) for x in xs], dim=axis),
        np.where: lambda c, x, y: torch.where(tensor(c), tensor(x), tensor(y)),
        np.clip: lambda x, low, high: torch.clamp(x, low, high),
        np.copy: lambda x: x.clone(),
        np.dot: on_tensors(_dot),
        np.outer: on_tensors(lambda x, y: torch.outer(x.reshape(-1), y.reshape(-1))),
        np.einsum: lambda *xs, subscripts: torch.einsum(subscripts, *(tensor(x) for x in xs)),
        operator.getitem: getitem,
        own.sigmoid: torch.sigmoid,
        own.relu: torch.relu,
        own.softplus: softplus,
        own.logsumexp: logsumexp,
        own.log_softmax: lambda x, axis=-1: torch.log_softmax(x, dim=axis),
        own.softmax: lambda x, axis=-1: torch.softmax(x, dim=axis),
        own.binary_cross_entropy: binary_cross_entropy,
        own.softmax_cross_entropy: softmax_cross_entropy,
    }
    others = {np.power: torch.pow, np.absolute: torch.abs, np.fabs: torch.abs}
    others[np.invert] = torch.logical_not
    for ufunc in vars(np).values():
        if isinstance(ufunc, np.ufunc) and hasattr(torch, ufunc.__name__):
            others.setdefault(ufunc, getattr(torch, ufunc.__name__))
    table.update({ufunc: on_tensors(function) for ufunc, function in others.items()})
    return table


def _dot(x: Any, y: Any) -> Any:
    if x.ndim == 0 or y.ndim == 0:
        return x * y
    return x @ y if y.ndim <= 2 else _dot_stack(x, y)


def _dot_stack(x: Any, y: Any) -> Any:
    import torch

    return torch.tensordot(x, y, dims=([x.ndim - 1], [y.ndim - 2]))


def _torch_index(index: Any) -> Any:
    """PyTorch wants index arrays as tensors, and has no negative slice steps."""
    import torch

    if isinstance(index, tuple):
        return tuple(_torch_index(part) for part in index)
    if isinstance(index, np.ndarray):
        return torch.as_tensor(index)
    if isinstance(index, slice) and index.step is not None and index.step < 0:
        raise MissingRuleError(
            "a slice with a negative step has no PyTorch counterpart",
            "torch tensors cannot be viewed backwards",
            "np.flip(x, axis)",
        )
    return index
