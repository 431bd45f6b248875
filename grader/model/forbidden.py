"""What a page forbids, by every name that does the same.

Names are compared in their canonical form: torch.softmax, Tensor.softmax_, F.softmax, nn.Softmax and aten::_softmax are
one function. Forbidding it forbids the ready-made functions that contain it, too: whoever calls `log_softmax` or
`scaled_dot_product_attention` has not written a softmax.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

_ATTENTION = (
    "scaled_dot_product_attention", "multihead_attention", "multi_head_attention_forward", "transformer_encoder_layer",
    "transformer_decoder_layer", "transformer", "flex_attention", "_native_multi_head_attention",
    "_transformer_encoder_layer_fwd", "_scaled_dot_product_flash_attention_for_cpu",
    "_scaled_dot_product_flash_attention", "_scaled_dot_product_efficient_attention",
    "_scaled_dot_product_attention_math",
)  # fmt: skip
_LIKELIHOODS = ("cross_entropy", "cross_entropy_loss", "linear_cross_entropy", "adaptive_log_softmax_with_loss")
_NORMALISERS = (
    "layer_norm", "native_layer_norm", "group_norm", "native_group_norm", "rms_norm", "fused_rms_norm", "batch_norm",
    "batch_norm1d", "batch_norm2d", "batch_norm3d", "sync_batch_norm", "native_batch_norm", "native_batch_norm_legit",
    "native_batch_norm_legit_functional", "batch_norm_with_update", "batch_norm_no_update", "batch_norm_impl_index",
    "cudnn_batch_norm", "instance_norm", "instance_norm1d", "instance_norm2d", "instance_norm3d", "lazy_batch_norm1d",
    "lazy_batch_norm2d", "lazy_batch_norm3d", "lazy_instance_norm1d", "lazy_instance_norm2d", "lazy_instance_norm3d",
)  # fmt: skip
_GRADIENTS = (
    "autograd", "backward", "grad", "vjp", "jvp", "hvp", "vhp", "jacobian", "jacrev", "jacfwd", "hessian", "linearize",
    "grad_and_value", "make_dual", "unpack_dual", "dual_level",
)  # fmt: skip
_DROPOUTS = (
    "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_dropout", "feature_alpha_dropout",
    "native_dropout", "fused_dropout",
)  # fmt: skip
_CONVOLUTIONS = (
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "convolution",
    "lazy_conv1d", "lazy_conv2d", "lazy_conv3d", "conv_tbc", "mkldnn_convolution", "cudnn_convolution",
    "slow_conv2d_forward", "convolution_overrideable",
)  # fmt: skip
_RECURRENT = ("rnn", "lstm", "gru", "rnn_cell", "lstm_cell", "gru_cell", "rnn_tanh", "rnn_relu", "mkldnn_rnn_layer")
_NORMS = ("norm", "vector_norm", "matrix_norm", "linalg_norm", "linalg_vector_norm", "linalg_matrix_norm",
          "frobenius_norm", "nuclear_norm", "norm_except_dim", "renorm")  # fmt: skip
_DISTANCES = ("cdist", "pdist", "cdist_forward", "pdist_forward", "euclidean_dist", "pairwise_distance")

ROUTES: Mapping[str, tuple[str, ...]] = {
    "softmax": (
        "softmax2d", "softmin", "gumbel_softmax", "log_softmax", "logsumexp", "safe_softmax", "sparse_softmax",
        "sparse_log_softmax", "masked_softmax", *_LIKELIHOODS, *_ATTENTION,
    ),
    "log_softmax": ("softmax", "softmax2d", "safe_softmax", "sparse_log_softmax", "logsumexp", *_LIKELIHOODS),
    "logsumexp": ("logcumsumexp", "log_softmax"),
    "cross_entropy": (*_LIKELIHOODS, "nll_loss", "nll_loss2d", "nll_loss_nd", "nll_loss_forward", "nll_loss2d_forward"),
    "optim": ("sgd", "adam", "adamw", "rmsprop", "adagrad", "lbfgs"),
    **dict.fromkeys(("layer_norm", "group_norm", "rms_norm", "batch_norm", "instance_norm"), _NORMALISERS),
    **dict.fromkeys(("autograd", "backward", "grad"), _GRADIENTS),
    **dict.fromkeys(("dropout", "alpha_dropout"), _DROPOUTS),
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _CONVOLUTIONS),
    **dict.fromkeys(("rnn", "lstm", "gru"), _RECURRENT),
    **dict.fromkeys(("norm", "vector_norm"), _NORMS),
    **dict.fromkeys(("cdist", "pairwise_distance"), _DISTANCES),
    **dict.fromkeys(("sgd", "adam", "adamw", "rmsprop", "adagrad"), ("optim",)),
}  # fmt: skip
"""A forbidden name, and the ready-made functions that do its work under another."""

LIBRARIES = frozenset({"torch", "numpy", "scipy", "sklearn", "functorch", "jax", "tensorflow", "keras"})
"""Where ready-made functions come from."""

AMBIGUOUS = frozenset({"backward", "grad"})
"""Names that a student's own classes may well have: only a call tells whose they are."""


def canonical(name: str) -> str:
    """torch.nn.functional.log_softmax, LogSoftmax, log_softmax_ and aten::_log_softmax are one function."""
    return name.rpartition("::")[2].rpartition(".")[2].replace("_", "").removeprefix("special").lower()


@cache
def all_names(forbid: tuple[str, ...]) -> frozenset[str]:
    """The canonical names of what is forbidden, and of what contains it."""
    routes = {canonical(name): others for name, others in ROUTES.items()}
    named = {canonical(name) for name in forbid}
    return frozenset(named | {canonical(other) for name in named for other in routes.get(name, ())})


@cache
def names_in_text(forbid: tuple[str, ...]) -> frozenset[str]:
    """Those that say enough where they are only read: the ambiguous ones count where the page itself names them."""
    named = {canonical(name) for name in forbid}
    return frozenset(name for name in all_names(forbid) if name not in AMBIGUOUS or name in named)
