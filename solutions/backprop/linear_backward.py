"""Shapes tell which factor goes where and what is transposed; a square layer shows who understood."""

import torch
from _shared import AUTOGRAD, BACKWARD, BY_HAND

from grader import Exercise, alternative, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    book="sec_backprop",
    points=1,
    forbid=(*AUTOGRAD, *BACKWARD, "linear_backward", "mkldnn_linear_backward"),
    forbid_reason="The derivatives are the exercise: work them out on paper, and program them without autograd.",
    shares=BY_HAND,
)


@reference
def linear_backward(dY, X, W):
    return dY @ W.T, X.T @ dY, dY.sum(0)


@alternative
def outer_products_summed(dY, X, W):
    ones = torch.ones(dY.shape[0], dtype=dY.dtype, device=dY.device)
    return torch.mm(dY, W.t()), (X.unsqueeze(2) * dY.unsqueeze(1)).sum(0), ones @ dY


@alternative
def by_einsum(dY, X, W):
    return torch.einsum("nq,dq->nd", dY, W), torch.einsum("nd,nq->dq", X, dY), torch.einsum("nq->q", dY)


@alternative
def transposed_products(dY, X, W):
    return (W @ dY.T).T, (dY.T @ X).T, dY.sum(dim=0, keepdim=True).reshape(-1)


@alternative
def the_bias_as_a_feature_that_is_always_one(dY, X, W):
    extended = torch.cat([X, torch.ones_like(X[:, :1])], dim=1).T @ dY
    return torch.nn.functional.linear(dY, W), extended[:-1], extended[-1]


@case
def all_sizes_different(draw):
    return draw.normal(4, 2), draw.normal(4, 3), draw.normal(3, 2)


@case
def all_sizes_equal(draw):
    """No shape tells a matrix from its transpose."""
    return draw.normal(3, 3), draw.normal(3, 3), draw.normal(3, 3)


@case
def as_many_examples_as_features(draw):
    return draw.normal(4, 2), draw.normal(4, 4), draw.normal(4, 2)


@case
def weights_stored_the_other_way_round(draw):
    return draw.normal(5, 2), draw.normal(5, 3), draw.normal(2, 3).T


@case
def every_second_column_of_wider_tensors(draw):
    return draw.every_second(draw.normal(6, 4)), draw.every_second(draw.normal(6, 2)), draw.normal(2, 4)


@case(aspect="edge")
def one_example_and_one_output(draw):
    return draw.normal(1, 1), draw.normal(1, 4), draw.normal(4, 1)


@case(aspect="edge")
def no_examples(draw):
    """Nobody pulls at the weights: dW and db are zero, not empty."""
    return draw.normal(0, 2), draw.normal(0, 3), draw.normal(3, 2)


@case(aspect="edge", dtypes=("bfloat16", "float16"))
def half_precision(draw):
    return draw.normal(4, 2), draw.normal(4, 3), draw.normal(3, 2)


@domain(outside={"huge, tiny, inf": "products overflow or vanish"})
def any_layer(draw):
    n, d, q = draw.size(), draw.size(least=1), draw.size(least=1)
    return tuple(draw.any(*shape, without="inf huge tiny") for shape in ((n, q), (n, d), (d, q)))


@batch
def many_examples(draw, n):
    return draw.normal(n, 2), draw.normal(n, 3), draw.normal(3, 2)


@misconception(
    "Your dW is the transpose of the gradient. dW must have the shape of W, (d, q); square weights hide that it "
    "does not.",
    "Swap the factors: X.T @ dY.",
)
def weight_gradient_transposed(dY, X, W):
    return dY @ W.T, dY.T @ X, dY.sum(0)


@misconception(
    "Forwards W turns d features into q outputs; backwards it has to turn q numbers into d. You multiply by W as "
    "it stands, and square weights hide it.",
    "Transpose W: dX = dY @ W.T.",
)
def weights_not_transposed(dY, X, W):
    return dY @ W, X.T @ dY, dY.sum(0)


@misconception(
    "You average the rows of dY. b is added to every row, so every row sends a gradient back, and all of them "
    "count in full.",
    "Add the rows up: dY.sum(0).",
)
def bias_averaged(dY, X, W):
    return dY @ W.T, X.T @ dY, dY.mean(0) if len(dY) else dY.sum(0)


@misconception(
    "You divide by the number of examples. If the loss is a mean, dY already contains the factor 1/n.",
    "Divide neither dW nor db by n: X.T @ dY and dY.sum(0).",
)
def divided_by_n(dY, X, W):
    n = max(len(X), 1)
    return dY @ W.T, X.T @ dY / n, dY.sum(0) / n


@misconception(
    "Your db has one entry for each example, for you add up over the outputs. b has one entry for each output.",
    "Sum over the examples, axis 0: dY.sum(0).",
)
def bias_summed_over_the_outputs(dY, X, W):
    return dY @ W.T, X.T @ dY, dY.sum(1)


@misconception(
    "b is one vector for all examples, and so is its gradient. Your gradient has a row for each example.",
    "Sum over the examples: dY.sum(0).",
)
def one_bias_gradient_per_example(dY, X, W):
    return dY @ W.T, X.T @ dY, dY


@misconception(
    "Your db has shape (1, q), but b has shape (q,).",
    "Sum over axis 0 without keepdim: dY.sum(0).",
)
def bias_gradient_as_a_row(dY, X, W):
    return dY @ W.T, X.T @ dY, dY.sum(0, keepdim=True)


@misconception(
    "Your first gradient is dW and your second one dX. The stub asks for them in another order.",
    "Return (dX, dW, db).",
)
def order_exchanged(dY, X, W):
    return X.T @ dY, dY @ W.T, dY.sum(0)


@misconception(
    "Your dX and dW are gradients of the sum of all outputs: dY, which says how much each output matters to the "
    "loss, is missing in them.",
    "Multiply by dY where you have ones: dY @ W.T and X.T @ dY.",
)
def chain_rule_forgotten(dY, X, W):
    ones = torch.ones_like(dY)
    return ones @ W.T, X.T @ ones, dY.sum(0)


@misconception(
    "Python goes from example to example, so the work in Python grows with n.",
    "One matrix product adds up over all examples: X.T @ dY.",
    keeps="every number is right",
)
def one_example_at_a_time(dY, X, W):
    dX, dW, db = torch.empty_like(X), torch.zeros_like(W), torch.zeros_like(W[0])
    for i in range(len(X)):
        dX[i] = W @ dY[i]
        dW += torch.outer(X[i], dY[i])
        db += dY[i]
    return dX, dW, db


@misconception(
    "Automatic differentiation worked your answer out, and doing that by hand is the exercise.",
    "Work the derivatives out on paper, with the chain rule, and program the formulas.",
)
def by_autograd(dY, X, W):
    X, W, b = X.clone().requires_grad_(), W.clone().requires_grad_(), torch.zeros_like(W[0]).requires_grad_()
    return torch.autograd.grad(X @ W + b, (X, W, b), dY)


@misconception(
    "You add up over the examples and over the outputs, to one number. A bias has one entry for each output, and "
    "so has its gradient.",
    "Sum over the examples only, axis 0: dY.sum(0).",
)
def bias_summed_over_everything(dY, X, W):
    return dY @ W.T, X.T @ dY, dY.sum()


@first_attempt("weights_not_transposed", "weight_gradient_transposed")
def as_in_the_book(dY, X, W):
    """It writes W x for one example, so what is transposed here is not there."""
    return dY @ W, dY.T @ X, dY.sum(0)
