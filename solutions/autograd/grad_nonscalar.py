"""backward() needs one weight for each output, in the shape of y and not of x; ones stand for the sum."""

import torch
from _shared import NO_EXTREMES, TYPE_AND_MUTATION, leaf_at, of_formulas  # noqa: F401 (the driver)

from grader import Exercise, alternative, arguments, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    book="sec_autograd",
    parts=TYPE_AND_MUTATION,
    shares={"mutation": 0.6, "allowed_functions": 0.7},
    forbid=("vjp", "jvp", "hvp", "vhp", "jacobian", "hessian", "jacrev", "jacfwd"),
    forbid_reason="torch.func would do all of it: use backward, or torch.autograd.grad, with a gradient of your own.",
    equivalent={"x.detach().requires_grad_": "nobody writes into the copy"},
)


@reference
def grad_nonscalar(f, x, w=None):
    z = x.detach().clone().requires_grad_(True)
    y = f(z)
    y.backward(torch.ones_like(y) if w is None else w)
    return z.grad


@alternative
def gradient_of_the_weighted_sum(f, x, w=None):
    z = x.detach().clone().requires_grad_(True)
    y = f(z)
    return torch.autograd.grad((y if w is None else y * w).sum(), z)[0]


@alternative
def gradient_with_grad_outputs(f, x, w=None):
    z = x.detach().requires_grad_()
    y = f(z)
    (g,) = torch.autograd.grad(y, z, grad_outputs=torch.ones_like(y) if w is None else w)
    return g


@alternative
def one_output_after_the_other(f, x, w=None):
    z = x.detach().clone().requires_grad_(True)
    y = f(z).reshape(-1)
    weights = torch.ones_like(y) if w is None else w.reshape(-1)
    for k, weight in enumerate(weights):
        (weight * y[k]).backward(retain_graph=True)
    return z.grad


@case
def entry_by_entry(draw):
    return "x * x", draw.normal(4)


@case
def fewer_outputs_than_inputs(draw):
    """ones(len(x)) does not fit."""
    return "x[1:] * x[:-1]", draw.normal(5)


@case
def weights_of_both_signs_and_zero(draw):
    return "x[1:] * x[:-1]", draw.normal(4), draw.tensor([1, -2, 0]) * draw.uniform(3, low=1, high=2)


@case
def as_many_outputs_as_inputs_that_mix(draw):
    """w has the shape of x here, and fits in silence wherever it is put."""
    return (
        "x.cumsum(0) ** 2",
        draw.uniform(4, low=0.5, high=2),
        draw.tensor([1, -1, 2, -2]) * draw.uniform(4, low=1, high=2),
    )


@case
def a_matrix_of_outputs(draw):
    return "x.outer(x)", draw.normal(3), draw.normal(3, 3)


@case
def a_matrix_of_inputs(draw):
    return "x.sum(0) ** 2", draw.normal(3, 2).T


@case(aspect="edge")
def one_output(draw):
    return "2 * x.dot(x)", draw.normal(3)


@case(aspect="edge")
def one_output_with_a_weight(draw):
    return "(x ** 3).sum()", draw.normal(3), draw.uniform(low=-3, high=-2)


@case(aspect="edge")
def nothing_but_zeros_for_weights(draw):
    """Not the same as no weights."""
    return "x * x", draw.normal(3), draw.full(3, value=0.0)


@case(aspect="edge")
def x_holds_a_gradient_already(draw):
    return arguments("x * x", draw.normal(3), draw.normal(3), x_grad=draw.normal(3))


@domain(outside={"huge, tiny, inf, large, apart, far": "powers overflow, vanish or cancel"})
def any_point(draw):
    x = draw.any(axes=(0, 4), least=1, without=NO_EXTREMES)
    n, vector = x.numel(), x.dim() == 1
    outputs = {"x * x": tuple(x.shape)}
    if vector:
        outputs |= {"x.cumsum(0) ** 2": (n,), "x.outer(x)": (n, n), "x.outer(x.exp())": (n, n), "(x ** 3).sum()": ()}
    if vector and n > 1:
        outputs |= {"x[1:] * x[:-1]": (n - 1,)}
    if x.dim() > 1:
        outputs |= {"x.sum(0) ** 2": tuple(x.shape[1:])}
    formula = draw.pick(*outputs)
    w = draw.pick(draw.left_out, None, draw.any(*outputs[formula], without=NO_EXTREMES))
    return arguments(formula, x, w, x_grad=draw.pick(draw.left_out, draw.normal(*x.shape)))


@misconception(
    "backward() without an argument needs a scalar, for only a scalar has a gradient of its own.",
    "Give it one weight for each output: y.backward(torch.ones_like(y)), unless w is given.",
)
def backward_without_weights(f, x, w=None):
    z = leaf_at(x)
    f(z).backward(w)
    return z.grad


@misconception(
    "The weights belong to the outputs, so they have the shape of y, not of x.",
    "Take torch.ones_like(y).",
    keeps="right where x and y have one shape, and where weights are given",
)
def ones_in_the_shape_of_x(f, x, w=None):
    z = leaf_at(x)
    f(z).backward(torch.ones_like(z) if w is None else w)
    return z.grad


@misconception(
    "torch.ones(len(y)) is a vector. Where y is a matrix or a single number, it has another shape than y.",
    "Take torch.ones_like(y), which has the shape, dtype and device of y.",
    keeps="right where y is a vector, and where weights are given",
)
def ones_of_the_length_of_y(f, x, w=None):
    z = leaf_at(x)
    y = f(z)
    y.backward(torch.ones(len(y), dtype=y.dtype, device=y.device) if w is None else w)
    return z.grad


@misconception(
    "w is ignored, so all outputs count the same.",
    "Pass w to backward, in the place of the ones; or sum y * w.",
)
def weights_ignored(f, x, w=None):
    return grad_nonscalar(f, x)


@misconception(
    "You multiply the gradient by w afterwards. w belongs to the outputs, so that is right only if each y[k] "
    "depends on x[k] alone.",
    "Weight the outputs, before the derivative: y.backward(w), or (y * w).sum().",
    keeps="right without weights, and wherever each y[k] depends on x[k] alone",
)
def weights_on_the_inputs(f, x, w=None):
    g = grad_nonscalar(f, x)
    return g if w is None else w * g


@misconception(
    "You average over the outputs, so the gradient is too small. They are to be summed.",
    "Replace mean by sum.",
)
def mean_of_the_outputs(f, x, w=None):
    z = leaf_at(x)
    y = f(z)
    (y if w is None else w * y).mean().backward()
    return z.grad


@misconception(
    "You sum the weights and the derivatives of the outputs apart from each other. Each w[k] goes with its own y[k].",
    "Multiply first, then sum: (y * w).sum().",
)
def outputs_and_weights_summed_apart(f, x, w=None):
    g = grad_nonscalar(f, x)
    return g if w is None else w.sum() * g


@misconception(
    "clone() is recorded like any operation. Where x requires a gradient, the copy hangs on x and is no leaf: its "
    ".grad stays None, and the gradient is added to that of the caller's x.",
    "Cut the copy off first: z = x.detach().clone().requires_grad_().",
)
def copy_in_the_graph_of_x(f, x, w=None):
    z = x.clone().requires_grad_(True)
    y = f(z)
    y.backward(torch.ones_like(y) if w is None else w)
    return z.grad


@misconception(
    "torch.autograd.grad returns a tuple with one gradient for each input, even if there is only one.",
    "Take the first one: torch.autograd.grad(…)[0].",
)
def tuple_returned(f, x, w=None):
    z = leaf_at(x)
    y = f(z)
    return torch.autograd.grad(y, z, torch.ones_like(y) if w is None else w)


@misconception(
    "The caller's x now requires a gradient, and yours is added to the one that it held.",
    "Differentiate at a leaf of your own: z = x.detach().clone().requires_grad_(), and return z.grad.",
)
def accumulates_in_x(f, x, w=None):
    x.requires_grad_(True)
    y = f(x)
    y.backward(torch.ones_like(y) if w is None else w)
    return x.grad


@first_attempt("weights_ignored", "accumulates_in_x")
def the_sum_differentiated_at_x(f, x, w=None):
    x.requires_grad_(True)
    f(x).sum().backward()
    return x.grad


@first_attempt("ones_in_the_shape_of_x", "copy_in_the_graph_of_x")
def ones_like_a_copy_of_x(f, x, w=None):
    z = x.clone().requires_grad_(True)
    f(z).backward(torch.ones_like(x) if w is None else w)
    return z.grad


@first_attempt("ones_in_the_shape_of_x", "accumulates_in_x")
def ones_like_x_at_x(f, x, w=None):
    x.requires_grad_(True)
    f(x).backward(torch.ones_like(x) if w is None else w)
    return x.grad
