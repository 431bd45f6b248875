"""Affine maps compose to an affine map: weights multiply in order, and a bias passes all layers behind it."""

import functools
import itertools

import torch

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(points=2, book="sec_mlp", equivalent={"strict=False": "both lists have one length"})


@reference
def collapse(Ws, bs):
    W, b = Ws[0], bs[0]
    for V, c in zip(Ws[1:], bs[1:], strict=True):
        W, b = W @ V, b @ V + c
    return W, b


@alternative
def what_the_stack_does_to_the_unit_vectors(Ws, bs):
    """Cancels where biases are large, and is right nevertheless."""
    first = Ws[0]
    Z = torch.cat([first.new_zeros(1, len(first)), torch.eye(len(first), dtype=first.dtype, device=first.device)])
    for V, c in zip(Ws, bs, strict=True):
        Z = Z @ V + c
    return Z[1:] - Z[0], Z[0]


@alternative
def one_more_coordinate_for_the_bias(Ws, bs):
    """Each layer is a matrix on (x, 1)."""

    def matrix(W, b):
        last = torch.zeros(len(W) + 1, 1, dtype=W.dtype, device=W.device)
        last[-1] = 1
        return torch.hstack([torch.vstack([W, b]), last])

    M = functools.reduce(torch.matmul, [matrix(W, b) for W, b in zip(Ws, bs, strict=True)])
    return M[:-1, :-1].contiguous(), M[-1, :-1].contiguous()


@alternative
def from_the_last_layer(Ws, bs):
    W, b = Ws[-1].clone(), bs[-1].clone()
    for i in range(len(Ws) - 2, -1, -1):
        b = torch.einsum("j,jk->k", bs[i], W) + b
        W = torch.einsum("ij,jk->ik", Ws[i], W)
    return W, b


@alternative
def recursively(Ws, bs):
    if len(Ws) == 1:
        return Ws[0] * 1, bs[0] * 1
    V, c = recursively(Ws[1:], bs[1:])
    return torch.mm(Ws[0], V), torch.addmv(c, V.T, bs[0])


def stack(draw, *widths):
    Ws = [draw.normal(m, n) for m, n in itertools.pairwise(widths)]
    return Ws, [draw.normal(n) for n in widths[1:]]


@case
def two_layers(draw):
    return stack(draw, 3, 4, 2)


@case
def three_layers(draw):
    return stack(draw, 3, 5, 2, 4)


@case
def square_layers(draw):
    """Nothing but the numbers tells their order, and biases add up in silence."""
    return stack(draw, 3, 3, 3)


@case
def three_square_layers(draw):
    return stack(draw, 2, 2, 2, 2)


@case
def a_narrow_waist(draw):
    """Everything goes through one unit: the single layer has rank one."""
    Ws, bs = stack(draw, 4, 1, 4)
    both_signs = draw.tensor([[1.0], [-1.0], [1.0], [-1.0]])
    return [both_signs * Ws[0].abs(), Ws[1]], bs


@case
def weights_that_lie_transposed(draw):
    Ws, bs = stack(draw, 2, 5, 3)
    return [W.T.contiguous().T for W in Ws], bs


@case
def a_deep_stack(draw):
    Ws, bs = stack(draw, 3, 2, 4, 2, 3, 2)
    return [W / 2 for W in Ws], bs


@case(aspect="edge")
def a_single_layer(draw):
    return stack(draw, 3, 2)


@case(aspect="edge")
def one_unit_in_each_layer(draw):
    """The product of the weights is negative, and not small beside the biases."""
    Ws = [draw.uniform(1, 1, low=1, high=2), -draw.uniform(1, 1, low=1, high=2)]
    return Ws, [draw.uniform(1, low=0.5, high=1), -draw.uniform(1, low=0.5, high=1)]


@domain(
    dtypes=("float64", "float32"),
    outside={
        "half precision": "products of many layers overflow",
        "inf, huge, tiny, large, far, apart": "products overflow, vanish or cancel",
        "small in Ws": "their product is lost beside the biases",
    },
)
def any_stack(draw):
    widths = [draw.size(least=1) for _ in range(draw.integer(2, 6))]
    without = "inf huge tiny large far apart"
    Ws = [draw.any(m, n, without=f"{without} small") for m, n in itertools.pairwise(widths)]
    return Ws, [draw.any(n, without=without) for n in widths[1:]]


def product(Ws):
    return functools.reduce(torch.matmul, Ws).clone()


@misconception(
    "The biases are added up as they are. What a layer adds goes through all layers behind it, like everything else.",
    "Carry the bias along: b = b @ V + c.",
)
def biases_added(Ws, bs):
    b = bs[0]
    for c in bs[1:]:
        b = b + c if b.shape == c.shape else c
    return product(Ws), b.clone()


@misconception(
    "Only the last bias is left. What the earlier layers add arrives at the output as well, through the weights "
    "behind them.",
    "Carry the bias along: b = b @ V + c.",
)
def last_bias_only(Ws, bs):
    return product(Ws), bs[-1].clone()


@misconception(
    "Rows of the identity matrix come out as rows of W, and the bias is added to each of them.",
    "Take away what a row of zeros gives: W = net(I) - net(0).",
)
def bias_left_in_the_weights(Ws, bs):
    W, b = collapse(Ws, bs)
    return W + b, b


@misconception(
    "The earlier bias goes through the weights, but the layer's own bias is lost.",
    "Add it: b = b @ V + c.",
)
def own_bias_lost(Ws, bs):
    return product(Ws), functools.reduce(torch.matmul, Ws[1:], bs[0]).clone()


@misconception(
    "Each bias goes through the weights of the next layer alone. It has to pass all layers behind it.",
    "Carry one bias along from layer to layer: b = b @ V + c, with the b of the step before.",
    keeps="right for one and two layers",
)
def through_the_next_layer_only(Ws, bs):
    b = bs[-1]
    for i in range(len(Ws) - 1):
        step = bs[i] @ Ws[i + 1]
        b = b + step if step.shape == b.shape else b
    return product(Ws), b.clone()


@misconception(
    "The weights are multiplied in the wrong order. In X W1 W2 the data meet the first layer first, so W1 stands left.",
    "W = W @ V for each next layer V.",
)
def order_reversed(Ws, bs):
    return functools.reduce(lambda W, V: V @ W, Ws).clone(), collapse(Ws, bs)[1]


@misconception(
    "W has its axes exchanged: it should take inputs along its rows, as X W needs it.",
    "Multiply without transposing: W @ V.",
)
def transposed(Ws, bs):
    W, b = collapse(Ws, bs)
    return W.T, b


@misconception(
    "That is W with an activation function in between. The stack here has none, which is the point.",
    "Leave relu out: W = W @ V.",
)
def rectified(Ws, bs):
    W = Ws[0]
    for V in Ws[1:]:
        W = (W @ V).clamp(min=0)
    return W.clone(), collapse(Ws, bs)[1]


@misconception(
    "The weights are added, or multiplied entry by entry. One layer after the other is a matrix product.",
    "Use @ and not + or *.",
    keeps="right unless neighbouring weights have one shape",
)
def entry_by_entry(Ws, bs):
    W = Ws[0]
    for V in Ws[1:]:
        W = W * V if W.shape == V.shape else W @ V
    return W.clone(), collapse(Ws, bs)[1]


@misconception(
    "Only two layers are handled: the third and those behind it never appear.",
    "Go through all of them in a loop, and carry W and b along.",
    keeps="right for one and two layers",
)
def two_layers_only(Ws, bs):
    return collapse(Ws[:2], bs[:2])


@misconception(
    "b has two axes: a row was carried along as a matrix. A bias has one axis.",
    "Start from bs[0] as it is, without [None, :].",
    keeps="the numbers are right",
)
def bias_as_a_row(Ws, bs):
    W, b = collapse(Ws, bs)
    return W, b[None]


@misconception(
    "The bias was carried along wrongly: W is updated first, and then the bias is multiplied by the product of all "
    "weights so far.",
    "Multiply the bias by the next layer's weights alone: b @ V + c.",
)
def bias_times_the_product(Ws, bs):
    W, b = Ws[0], bs[0]
    for V, c in zip(Ws[1:], bs[1:], strict=True):
        W = W @ V
        b = b @ W + c if len(b) == len(W) else b @ V + c
    return W.clone(), b.clone()


@misconception(
    "The order is wrong: first the weights, then the bias.",
    "return W, b",
)
def bias_first(Ws, bs):
    return collapse(Ws, bs)[::-1]


@misconception(
    "You write into the caller's lists or tensors: they are changed or used up afterwards.",
    "Read them in a loop, without pop(), +=, or in-place products.",
    keeps="W and b are right",
)
def added_in_place(Ws, bs):
    W, b = Ws[0], bs[0]
    for V, c in zip(Ws[1:], bs[1:], strict=True):
        c += b @ V
        W, b = W @ V, c
    return W.clone(), b.clone()


@first_attempt("order_reversed", "last_bias_only")
def weights_alone(Ws, bs):
    W = Ws[0]
    for V in Ws[1:]:
        W = V @ W if V.shape[1] == W.shape[0] else W @ V
    return W.clone(), bs[-1].clone()


@first_attempt("transposed", "biases_added")
def as_a_linear_layer_keeps_them(Ws, bs):
    W, b = Ws[0].T, bs[0]
    for V, c in zip(Ws[1:], bs[1:], strict=True):
        W, b = V.T @ W, b + c if b.shape == c.shape else c
    return W.clone(), b.clone()
