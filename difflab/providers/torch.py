"""Provider ``torch``: the same loss through PyTorch autograd, as a reference from outside.

The function is traced once; its NumPy calls are then replayed with the PyTorch function of the same
meaning (`difflab.providers.torch_calls`). None of our derivative rules take part: only the list of
calls is ours.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any

import numpy as np

from difflab.errors import MissingRuleError, ProviderUnavailableError
from difflab.providers.protocol import Loss, Preparation, Prepared, Stopwatch
from difflab.providers.replay import (
    check_contexts,
    confirm,
    no_counterpart,
    plain_array,
    replayer,
    straight_program,
)
from difflab.signature import Signature
from difflab.tree import Nest, flatten


@dataclass(frozen=True)
class Torch:
    """PyTorch's reverse mode on the traced function; needs the extra ``torch``.

    Arithmetic is done in the types that NumPy would choose.

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
        """Trace, translate and evaluate once; see `GradientProvider`.

        Raises
        ------
        TracingError
            When the function decides by values, or the replay gives another value.
        MissingRuleError
            When a NumPy call has no PyTorch counterpart.
        NonScalarLossError
            When the function returns anything but one real number.
        DataError
            When a context is not numeric.
        """
        signature = Signature.of(params, *contexts)
        check_contexts(contexts, "PyTorch")
        watch = Stopwatch()
        with watch.phase("import"):
            try:
                import torch
            except ImportError as error:
                raise ProviderUnavailableError(
                    "provider 'torch' cannot run here", str(error), "pip install 'difflab[torch]'"
                ) from error
            from difflab.providers.torch_calls import tensor, translations
        with watch.phase("trace"):
            program = straight_program(f, params, *contexts)
        with watch.phase("translate"):
            table = translations()
            for entry in program.entries:
                if entry.function is not None and entry.function not in table:
                    raise no_counterpart(entry.function, "PyTorch")
        call = replayer(table.__getitem__, "PyTorch")

        def evaluate(leaves: list[Any], contexts: tuple[Any, ...]) -> tuple[Any, list[Any]]:
            # tensors share memory with NumPy; nothing below writes into it
            inputs = [torch.as_tensor(plain_array(leaf)).requires_grad_() for leaf in leaves]
            data = [tensor(leaf) for leaf in flatten(contexts)[0]]
            loss = tensor(program.run([*inputs, *data], call))
            gradient = [None] * len(inputs)
            if loss.requires_grad:
                gradient = _gradient(loss, inputs)
            return loss.detach().numpy()[()], [_like(leaf, g) for leaf, g in zip(leaves, gradient)]

        with watch.phase("check"):
            confirm(evaluate(flatten(params)[0], contexts)[0], f, params, contexts)
        sizes = {"tape entries": program.operations, "loss evaluations": 1}
        return Prepared(signature, Preparation(self.name, watch.seconds, sizes), evaluate)


def _gradient(loss: Any, inputs: list[Any]) -> Any:
    import torch

    try:
        return torch.autograd.grad(loss, inputs, allow_unused=True)
    except RuntimeError as error:  # "derivative for aten::... is not implemented"
        raise MissingRuleError(
            "PyTorch has no derivative of a call of this function",
            str(error).strip().splitlines()[0],
            'method="autodiff"',
        ) from error


def _like(leaf: Any, gradient: Any) -> Any:
    """Return a tensor, or None for zeros, as a new array or NumPy scalar of a leaf's dtype."""
    if gradient is None:
        array = np.zeros_like(leaf)
    else:
        array = gradient.numpy().astype(np.asarray(leaf).dtype)  # astype copies
    return array if isinstance(leaf, np.ndarray) else array[()]
