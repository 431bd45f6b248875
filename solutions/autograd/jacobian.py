"""Reverse mode gives one row at a time: keep the graph for the next one, and a copy of what is accumulated in place."""

import torch
from _shared import NO_EXTREMES, TYPE_AND_MUTATION, leaf_at, of_formulas  # noqa: F401 (the driver)

from grader import Exercise, alternative, arguments, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    book="sec_autograd",
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
    "That is the gradient of the sum of all outputs: a vector, in which the rows of J are added up.",
    "Differentiate each output on its own, and stack the rows: torch.stack([…]).",
)
def sum_of_the_rows(f, x):
    z = leaf_at(x)
    y = f(z)
    return torch.autograd.grad(y.sum(), z)[0] if y.requires_grad else torch.zeros_like(z)


@misconception(
    "The first backward pass frees the graph, and there is none left for the second row.",
    "Keep it for the next row: retain_graph=True.",
)
def graph_freed_after_the_first_row(f, x):
    return rows_of(f, x, lambda z, y, k: torch.autograd.grad(y[k], z)[0])


@misconception(
    "Rows and columns are exchanged. Rows belong to outputs, columns to inputs.",
    "Stack the rows along dim 0: torch.stack(rows).",
)
def transposed(f, x):
    return jacobian(f, x).T


def written_into(table, f, x):
    """Row after row into a table that is made of n and m."""
    z = leaf_at(x)
    y = f(z)
    J = table(len(z), len(y))
    for k in range(len(y) if y.requires_grad else 0):
        J[k] = torch.autograd.grad(y[k], z, retain_graph=True)[0]
    return J


@misconception(
    "Your table has a row for each input and a column for each output, (n, m), but each row that you compute "
    "belongs to an output and has n entries. It fits only where n and m agree.",
    "Make the table (m, n): torch.zeros(len(y), len(x), dtype=x.dtype, device=x.device).",
)
def rows_in_a_transposed_table(f, x):
    return written_into(lambda n, m: torch.zeros(n, m, dtype=x.dtype, device=x.device), f, x)


@misconception(
    "The answer is float32 whatever x is: torch.zeros has this dtype unless told otherwise, and what is written "
    "into it is rounded.",
    "Give the table dtype=x.dtype and device=x.device, or stack the rows: torch.stack(rows).",
    keeps="only the dtype is wrong",
)
def a_float32_table(f, x):
    return written_into(lambda n, m: torch.zeros(m, n, device=x.device), f, x)


@misconception(
    "All rows that you stored are one tensor, z.grad, and it is overwritten for each of them: in the end all equal "
    "the last.",
    "Store a copy, z.grad.clone(), or use torch.autograd.grad, which gives a new tensor each time.",
)
def rows_that_share_memory(f, x):
    def row(z, y, k):
        if z.grad is not None:
            z.grad.zero_()
        y[k].backward(retain_graph=True)
        return z.grad

    return rows_of(f, x, row)


@misconception(
    "Every row contains those before it: what picks an output, or what collects its gradient, is not cleared in "
    "between. backward() adds to .grad.",
    "Set z.grad = None before each row, or use torch.autograd.grad; and begin each row with a new vector.",
)
def rows_accumulate(f, x):
    def row(z, y, k):
        y[k].backward(retain_graph=True)
        return z.grad.clone()

    return rows_of(f, x, row)


@misconception(
    "torch.autograd.grad returns a tuple with one gradient for each input, and tuples cannot be stacked.",
    "Take the first one of each: torch.autograd.grad(y_k, z, retain_graph=True)[0].",
)
def tuples_stacked(f, x):
    z = leaf_at(x)
    y = f(z)
    if not y.requires_grad:
        return torch.zeros(len(y), len(z), dtype=y.dtype, device=y.device)
    return torch.stack([torch.autograd.grad(y_k, z, retain_graph=True) for y_k in y])


@misconception(
    "clone() is recorded like any operation. Where x requires a gradient, the copy hangs on x and is no leaf: its "
    ".grad stays None, and the gradients are added to that of the caller's x.",
    "Cut the copy off first: z = x.detach().clone().requires_grad_().",
    keeps="right where x requires no gradient",
)
def copy_in_the_graph_of_x(f, x):
    z = x.clone().requires_grad_(True)
    y = f(z)
    rows = []
    for y_k in y:
        z.grad = None
        if y.requires_grad:
            y_k.backward(retain_graph=True)
        rows.append(z.grad if y.requires_grad else torch.zeros_like(x))
    return torch.stack(rows)


@misconception(
    "Where no output depends on x there is no graph to go back through, and autograd raises an error.",
    "If y does not require a gradient, return zeros: if not y.requires_grad: return ….",
    keeps="right wherever something depends on x",
)
def dependence_taken_for_granted(f, x):
    z = leaf_at(x)
    return torch.stack([torch.autograd.grad(y_k, z, retain_graph=True)[0] for y_k in f(z)])


@misconception(
    "The caller's x now requires a gradient, and it did not before.",
    "Differentiate at a leaf of your own: z = x.detach().clone().requires_grad_().",
    keeps="every number is right",
)
def recorded_at_x(f, x):
    y = f(x.requires_grad_(True))
    if not y.requires_grad:
        return torch.zeros(len(y), len(x), dtype=y.dtype, device=y.device)
    return torch.stack([torch.autograd.grad(y_k, x, retain_graph=True)[0] for y_k in y])


@first_attempt("recorded_at_x", "graph_freed_after_the_first_row", "dependence_taken_for_granted")
def row_after_row_at_x(f, x):
    x.requires_grad_(True)
    y = f(x)
    return torch.stack([torch.autograd.grad(y[k], x)[0] for k in range(len(y))])


@first_attempt("graph_freed_after_the_first_row", "dependence_taken_for_granted")
def row_after_row_from_one_graph(f, x):
    z = leaf_at(x)
    return torch.stack([torch.autograd.grad(y_k, z)[0] for y_k in f(z)])


@first_attempt("a_float32_table", "dependence_taken_for_granted")
def rows_written_into_zeros(f, x):
    z = leaf_at(x)
    y = f(z)
    J = torch.zeros(len(y), len(x), device=x.device)
    for k in range(len(y)):
        J[k] = torch.autograd.grad(y[k], z, retain_graph=True)[0]
    return J


@first_attempt("rows_in_a_transposed_table", "a_float32_table", "dependence_taken_for_granted")
def rows_written_into_transposed_zeros(f, x):
    z = leaf_at(x)
    y = f(z)
    J = torch.zeros(len(x), len(y), device=x.device)
    for k in range(len(y)):
        J[k] = torch.autograd.grad(y[k], z, retain_graph=True)[0]
    return J
