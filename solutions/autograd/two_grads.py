"""backward() adds to .grad: clear it between two uses, and copy what is to outlive the clearing."""

import torch
from _shared import NO_EXTREMES, TYPE_AND_MUTATION, VECTOR_FORMULAS, leaf_at, of_formulas  # noqa: F401 (the driver)

from grader import Exercise, alternative, arguments, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_autograd",
    parts=TYPE_AND_MUTATION,
    shares={"mutation": 0.6},
    equivalent={
        "x.detach().requires_grad_": "nobody writes into the copy",
        "x.clone().requires_grad_": "the derivative is taken at the copy, whatever that hangs on",
    },
)


@reference
def two_grads(f, g, x):
    z = x.detach().clone().requires_grad_(True)
    (a,) = torch.autograd.grad(f(z), z)
    (b,) = torch.autograd.grad(g(z), z)
    return a, b


@alternative
def cleared_in_between(f, g, x):
    z = x.detach().clone().requires_grad_(True)
    f(z).backward()
    a = z.grad.clone()
    z.grad.zero_()
    g(z).backward()
    return a, z.grad.clone()


@alternative
def set_to_none_in_between(f, g, x):
    z = x.detach().clone().requires_grad_(True)
    f(z).backward()
    a, z.grad = z.grad, None
    g(z).backward()
    return a, z.grad


@alternative
def a_leaf_for_each(f, g, x):
    gradients = []
    for function in (f, g):
        z = x.detach().clone().requires_grad_()
        function(z).backward()
        gradients.append(z.grad)
    return gradients


@alternative
def transformed_functions(f, g, x):
    return torch.func.grad(f)(x.detach()), torch.func.grad(g)(x.detach())


@case
def the_example_of_the_book(draw):
    return "2 * x.dot(x)", "3 * x.sum()", torch.arange(4, dtype=torch.float64)


@case
def a_linear_function_first(draw):
    return "3 * x.sum()", "(x ** 3).sum()", draw.uniform(3, low=1, high=2)


@case
def two_that_mix_the_entries(draw):
    return "x.prod()", "x.exp().sum().log()", draw.uniform(4, low=1, high=2)


@case
def one_function_twice(draw):
    return "(x ** 3).sum()", "(x ** 3).sum()", draw.uniform(4, low=1, high=2)


@case(aspect="edge")
def one_entry(draw):
    return "2 * x.dot(x)", "x.prod()", draw.uniform(1, low=2, high=3)


@case(aspect="edge")
def asked_twice(draw):
    return arguments("x.dot(x.cumsum(0))", "x.prod()", draw.uniform(3, low=1, high=2), calls=2)


@case(aspect="edge")
def x_holds_a_gradient_already(draw):
    return arguments("x.prod()", "2 * x.dot(x)", draw.uniform(3, low=1, high=2), x_grad=draw.uniform(3, low=1, high=2))


@domain(outside={"huge, tiny, inf, large, apart, far": "powers overflow, vanish or cancel"})
def any_point(draw):
    x = draw.any(draw.size(least=2), without=NO_EXTREMES)
    f, g = draw.pick(*VECTOR_FORMULAS), draw.pick(*VECTOR_FORMULAS)
    return arguments(
        f, g, x, x_grad=draw.pick(draw.left_out, draw.normal(len(x))), calls=draw.pick(1, 2, draw.left_out)
    )


@misconception(
    "backward() adds to .grad, so the second gradient contains the first.",
    "Set z.grad = None between the two, or differentiate g at a leaf of its own.",
)
def accumulated(f, g, x):
    z = leaf_at(x)
    f(z).backward()
    a = z.grad.clone()
    g(z).backward()
    return a, z.grad


@misconception(
    "Your first result and the .grad of the leaf are one tensor, so zero_() and the second backward() overwrite it.",
    "Keep a copy, a = z.grad.clone(), or set z.grad to None instead of zeroing it.",
)
def first_result_overwritten(f, g, x):
    z = leaf_at(x)
    f(z).backward()
    a = z.grad
    z.grad.zero_()
    g(z).backward()
    return a, z.grad


@misconception(
    "Your first result and the .grad of the leaf are one tensor, which the second backward() adds to: both results are "
    "the sum.",
    "Keep a copy, a = z.grad.clone(), and clear z.grad in between.",
)
def neither_copied_nor_cleared(f, g, x):
    z = leaf_at(x)
    f(z).backward()
    a = z.grad
    g(z).backward()
    return a, z.grad


@misconception(
    "The caller's x requires a gradient now, and holds another one than before.",
    "Differentiate at a leaf of your own: z = x.detach().clone().requires_grad_().",
)
def recorded_at_x(f, g, x):
    x.requires_grad_(True)
    x.grad = None
    f(x).backward()
    a = x.grad.clone()
    x.grad.zero_()
    g(x).backward()
    return a, x.grad


@misconception(
    "The caller's x may hold a gradient already, and the first one of yours is added to it. Afterwards x requires a"
    " gradient and holds one of yours.",
    "Differentiate at a leaf of your own: z = x.detach().clone().requires_grad_().",
)
def added_to_the_gradient_of_x(f, g, x):
    x.requires_grad_(True)
    f(x).backward()
    a = x.grad.clone()
    x.grad.zero_()
    g(x).backward()
    return a, x.grad


@misconception(
    "clone() is recorded like any operation. Where x requires a gradient, the copy hangs on x and is no leaf: its "
    ".grad stays None, and the gradients are added to that of the caller's x.",
    "Cut the copy off first: z = x.detach().clone().requires_grad_().",
)
def copy_in_the_graph_of_x(f, g, x):
    gradients = []
    for function in (f, g):
        z = x.clone().requires_grad_(True)
        function(z).backward()
        gradients.append(z.grad)
    return tuple(gradients)


@misconception(
    "torch.autograd.grad returns a tuple with one gradient for each input, even if there is only one.",
    "Take the first one of each: torch.autograd.grad(f(z), z)[0].",
)
def tuples_returned(f, g, x):
    z = leaf_at(x)
    return torch.autograd.grad(f(z), z), torch.autograd.grad(g(z), z)


@misconception(
    "The two results are in the wrong order.",
    "Return first the gradient of f, then that of g.",
)
def swapped(f, g, x):
    b, a = two_grads(f, g, x)
    return a, b


@misconception(
    "The two results are stacked into one tensor.",
    "Return a pair of tensors: return a, b.",
)
def stacked(f, g, x):
    return torch.stack(two_grads(f, g, x))


@misconception(
    "The gradients are attached to their graphs, which stay in memory as long as the gradients do.",
    "Leave out create_graph=True: only a second derivative needs it.",
    keeps="every number is right",
)
def still_attached(f, g, x):
    z = leaf_at(x)
    return tuple(torch.autograd.grad(function(z), z, create_graph=True)[0] for function in (f, g))


@first_attempt("first_result_overwritten", "added_to_the_gradient_of_x")
def zeroed_in_between_at_x(f, g, x):
    x.requires_grad_(True)
    f(x).backward()
    a = x.grad
    x.grad.zero_()
    g(x).backward()
    return a, x.grad


@first_attempt("accumulated", "added_to_the_gradient_of_x")
def copied_at_x_but_not_cleared(f, g, x):
    x.requires_grad_(True)
    f(x).backward()
    a = x.grad.clone()
    g(x).backward()
    return a, x.grad.clone()


@first_attempt("neither_copied_nor_cleared", "added_to_the_gradient_of_x")
def one_after_the_other_at_x(f, g, x):
    x.requires_grad_(True)
    f(x).backward()
    a = x.grad
    g(x).backward()
    return a, x.grad
