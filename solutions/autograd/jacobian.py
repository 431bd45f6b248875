"""Reverse mode gives one row at a time: keep the graph for the next one, and a copy of what is accumulated in place."""

import torch
from _shared import NO_EXTREMES, TYPE_AND_MUTATION, leaf_at, of_formulas  # noqa: F401 (the driver)

from grader import Exercise, alternative, arguments, case, domain, misconception, reference

exercise = Exercise(
    points=2,
    parts=TYPE_AND_MUTATION,
    shares={"mutation": 0.4, "allowed_functions": 0.7},
    forbid=("jacobian", "jacrev", "jacfwd", "hessian"),
    forbid_reason="The Jacobian is the exercise: build it row by row from gradients.",
    equivalent={
        "x.detach().requires_grad_": "nobody writes into the copy",
        "x.clone().requires_grad_": "the derivative is taken at the copy, whatever that hangs on",
        "[-1] for y_k": "one input has one gradient",
    },
)


@reference
def jacobian(f, x):
    z = x.detach().clone().requires_grad_(True)
    y = f(z)
    if not y.requires_grad:
        return torch.zeros(len(y), len(z), dtype=y.dtype, device=y.device)
    return torch.stack([torch.autograd.grad(y_k, z, retain_graph=True)[0] for y_k in y])


@alternative
def f_once_for_each_row(f, x):
    rows = []
    for k in range(f(x.detach()).numel()):
        z = x.detach().clone().requires_grad_(True)
        y_k = f(z)[k]
        if y_k.requires_grad:
            y_k.backward()
        rows.append(torch.zeros_like(z) if z.grad is None else z.grad)
    return torch.stack(rows)


@alternative
def all_rows_at_once(f, x):
    z = x.detach().clone().requires_grad_(True)
    y = f(z)
    if y.grad_fn is None:
        return y[:, None] * 0 * x.detach()
    rows = torch.eye(y.numel(), dtype=y.dtype, device=y.device)
    return torch.autograd.grad(y, z, rows, is_grads_batched=True)[0]


@alternative
def copied_out_of_one_leaf(f, x):
    z = x.detach().clone().requires_grad_(True)
    y = f(z)
    J = torch.zeros(y.numel(), z.numel(), dtype=x.dtype, device=x.device)
    for k in range(y.numel() if y.requires_grad else 0):
        z.grad = None
        y[k].backward(retain_graph=True)
        J[k] = z.grad
    return J


@alternative
def column_by_column(f, x):
    x = x.detach()
    units = torch.eye(len(x), dtype=x.dtype, device=x.device)
    return torch.stack([torch.func.jvp(f, (x,), (e,))[1] for e in units], dim=1)


@case
def more_outputs_than_inputs(draw):
    return "torch.cat([x, x ** 2, x ** 3])", draw.uniform(2, low=1, high=2)


@case
def fewer_outputs_than_inputs(draw):
    return "x[1:] * x[:-1]", draw.normal(5)


@case
def as_many_outputs_as_inputs(draw):
    """A transposed answer has the right shape here."""
    return "x.cumsum(0) ** 2", draw.uniform(4, low=0.5, high=1.5)


@case
def every_second_entry_of_a_longer_vector(draw):
    return "x[1:] * x[:-1]", draw.every_second(draw.uniform(4, low=1, high=2))


@case(aspect="edge")
def an_output_that_is_constant(draw):
    return "torch.stack([x[0] * x[1], 5, x[2]])", draw.normal(3)


@case(aspect="edge")
def nothing_depends_on_x(draw):
    return "torch.tensor([1.0, 2.0])", draw.normal(3)


@case(aspect="edge")
def one_output(draw):
    return "x.dot(x).reshape(1)", draw.normal(4)


@case(aspect="edge")
def one_input(draw):
    return "torch.cat([x, x ** 2, x ** 3])", draw.uniform(1, low=1, high=2)


@case(aspect="edge")
def x_holds_a_gradient_already(draw):
    return arguments("x.cumsum(0) ** 2", draw.uniform(3, low=0.5, high=1.5), x_grad=draw.normal(3))


def rows_of(f, x, row, dim=0):
    """One row of the Jacobian for each output, by `row(z, y, k)`; outputs that depend on nothing have rows of zeros."""
    z = leaf_at(x)
    y = f(z)
    if not y.requires_grad:
        return torch.zeros(len(y), len(z), dtype=y.dtype, device=y.device)
    return torch.stack([row(z, y, k) for k in range(len(y))], dim)


@domain(outside={"huge, tiny, inf, large, apart, far": "powers overflow, vanish or cancel"})
def any_point(draw):
    x = draw.any(draw.size(least=1), without=NO_EXTREMES)
    small = ("torch.cat([x, x ** 2, x ** 3])", "x.cumsum(0) ** 2", "x.dot(x).reshape(1)", "torch.tensor([1.0, 2.0])")
    formula = draw.pick(*small, *("x[1:] * x[:-1]", "x[0] * x[1:].exp()") * (len(x) > 1))
    return arguments(
        formula, x, x_grad=draw.pick(draw.left_out, draw.normal(len(x))), calls=draw.pick(1, 2, draw.left_out)
    )


@misconception(
    "That is the gradient of the sum of all outputs: a vector, in which the rows of J are added up. "
    "Differentiate each output on its own and stack the rows."
)
def sum_of_the_rows(f, x):
    z = leaf_at(x)
    y = f(z)
    return torch.autograd.grad(y.sum(), z)[0] if y.requires_grad else torch.zeros_like(z)


@misconception(
    "The first backward pass frees the graph, and there is none left for the second row. Keep it: retain_graph=True."
)
def graph_freed_after_the_first_row(f, x):
    return rows_of(f, x, lambda z, y, k: torch.autograd.grad(y[k], z)[0])


@misconception("That is the transpose: rows belong to outputs, columns to inputs. Stack the rows along dim 0.")
def transposed(f, x):
    return jacobian(f, x).T


@misconception(
    "All rows you stored are one tensor, z.grad, and it is overwritten for each of them: "
    "in the end all equal the last. Store z.grad.clone()."
)
def rows_that_share_memory(f, x):
    def row(z, y, k):
        if z.grad is not None:
            z.grad.zero_()
        y[k].backward(retain_graph=True)
        return z.grad

    return rows_of(f, x, row)


@misconception(
    "backward() adds to z.grad, so every row contains those before it. Set z.grad to None (or zero) before each row."
)
def rows_accumulate(f, x):
    def row(z, y, k):
        y[k].backward(retain_graph=True)
        return z.grad.clone()

    return rows_of(f, x, row)


@misconception(
    "Where no output depends on x there is no graph to go back through, and autograd raises an error. "
    "If y does not require a gradient, return zeros.",
    keeps="right wherever something depends on x",
)
def dependence_taken_for_granted(f, x):
    z = leaf_at(x)
    return torch.stack([torch.autograd.grad(y_k, z, retain_graph=True)[0] for y_k in f(z)])


@misconception(
    "The caller's x now requires a gradient. Differentiate at a leaf of your own: x.detach().clone().requires_grad_().",
    keeps="every number is right",
)
def recorded_at_x(f, x):
    y = f(x.requires_grad_(True))
    if not y.requires_grad:
        return torch.zeros(len(y), len(x), dtype=y.dtype, device=y.device)
    return torch.stack([torch.autograd.grad(y_k, x, retain_graph=True)[0] for y_k in y])
