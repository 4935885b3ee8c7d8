"""Networks, losses, initialisers, optimizers and the trainer.

Activations: identity, sigmoid, tanh, relu, leaky-relu, softplus, gelu, sin. Losses: squared-error,
half-squared-error, sum-squared-error, absolute, huber, binary-cross-entropy, softmax-cross-entropy,
hinge. Initialisers: torch, glorot, he, normal, zeros. `Objective` joins a network to a loss and to
an L2 penalty on its weights.

`mlp` is the network, `losses` and `metrics` judge it, `objective` is what is minimised, `init`
starts it, `optimizers` improve it, `stack` puts many side by side. `trainer` holds the settings of
a run and `descent` is one, with `ledger` and `judge` for its numbers, `whole_batch_run` for
optimizers that hold the loop themselves, `resuming` and `checkpoints` for going on; `samples`,
`batches`, `gradients`, `history`, `evaluation`, `early_stopping`, `divergence` and `progress` are
its parts. `hessian_products` give Newton's method its curvature; `weights` and `torch_weights`
write and read what was learned.
"""

from difflab.nn.batches import Batch, batches, epoch_order, steps_per_epoch
from difflab.nn.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from difflab.nn.early_stopping import EarlyStopping
from difflab.nn.gradients import Gradients
from difflab.nn.hessian_products import HessianProduct, hessian_vector_product
from difflab.nn.history import History, Step, TrainingResult
from difflab.nn.init import SCHEMES, initialise
from difflab.nn.losses import (
    LOSSES,
    Loss,
    absolute_error,
    binary_cross_entropy,
    half_squared_error,
    hinge,
    huber,
    loss,
    one_hot,
    softmax_cross_entropy,
    squared_error,
    sum_squared_error,
)
from difflab.nn.metrics import accuracy, r2
from difflab.nn.mlp import ACTIVATIONS, MLP, identity, layer_members, leaf_labels
from difflab.nn.objective import Objective
from difflab.nn.optimizers import (
    LBFGS,
    OPTIMIZERS,
    SCHEDULES,
    SGD,
    WHOLE_BATCH,
    Adam,
    AdamW,
    Constant,
    Cosine,
    Newton,
    Optimizer,
    Problem,
    RMSProp,
    Schedule,
    Scheduled,
    StepDecay,
    Warmup,
    WholeBatch,
    optimizer,
    same_name_other_algorithm,
    schedule_of,
)
from difflab.nn.samples import as_samples
from difflab.nn.stack import Stack, member, stacked
from difflab.nn.torch_weights import from_torch_state_dict, to_torch_state_dict
from difflab.nn.trainer import Trainer
from difflab.nn.weights import load_weights, save_weights

__all__ = [
    "ACTIVATIONS",
    "LBFGS",
    "LOSSES",
    "MLP",
    "OPTIMIZERS",
    "SCHEDULES",
    "SCHEMES",
    "SGD",
    "WHOLE_BATCH",
    "Adam",
    "AdamW",
    "Batch",
    "Checkpoint",
    "Constant",
    "Cosine",
    "EarlyStopping",
    "Gradients",
    "HessianProduct",
    "History",
    "Loss",
    "Newton",
    "Objective",
    "Optimizer",
    "Problem",
    "RMSProp",
    "Schedule",
    "Scheduled",
    "Stack",
    "Step",
    "StepDecay",
    "Trainer",
    "TrainingResult",
    "Warmup",
    "WholeBatch",
    "absolute_error",
    "accuracy",
    "as_samples",
    "batches",
    "binary_cross_entropy",
    "epoch_order",
    "from_torch_state_dict",
    "half_squared_error",
    "hessian_vector_product",
    "hinge",
    "huber",
    "identity",
    "initialise",
    "layer_members",
    "leaf_labels",
    "load_checkpoint",
    "load_weights",
    "loss",
    "member",
    "one_hot",
    "optimizer",
    "r2",
    "same_name_other_algorithm",
    "save_checkpoint",
    "save_weights",
    "schedule_of",
    "softmax_cross_entropy",
    "squared_error",
    "stacked",
    "steps_per_epoch",
    "sum_squared_error",
    "to_torch_state_dict",
]
