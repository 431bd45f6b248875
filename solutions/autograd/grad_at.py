"""A leaf of one's own: the derivative is the easy part, leaving no trace on the caller's x is the exercise."""

import torch
from _shared import NO_EXTREMES, TYPE_AND_MUTATION, VECTOR_FORMULAS, leaf_at, of_formulas  # noqa: F401 (the driver)

from grader import Exercise, alternative, arguments, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_autograd",
    parts=TYPE_AND_MUTATION,
    shares={"mutation": 0.6, "type": 0.3},
    equivalent={
        "x.detach().requires_grad_": "nobody writes into the copy",
        "x.clone().requires_grad_": "the derivative is taken at the copy, whatever that hangs on",
    },
)


@reference
def grad_at(f, x):
    z = x.detach().clone().requires_grad_(True)
    (g,) = torch.autograd.grad(f(z), z)
    return g


@alternative
def backward_on_a_copy(f, x):
    z = x.detach().clone().requires_grad_()
    f(z).backward()
    return z.grad


@alternative
def transformed_function(f, x):
    return torch.func.grad(f)(x.detach())


@alternative
def leaf_that_shares_memory(f, x):
    with torch.enable_grad():
        z = x.detach().requires_grad_()
        y = f(z)
    return torch.autograd.grad(y, [z])[0].clone()


@case
def the_example_of_the_book(draw):
    return "2 * x.dot(x)", torch.arange(4, dtype=torch.float64)


@case
def cubes_of_a_transposed_matrix(draw):
    return "(x ** 3).sum()", draw.normal(4, 3).T


@case
def a_product(draw):
    return "x.prod()", draw.uniform(5, low=0.5, high=2)


@case
def three_axes(draw):
    return "x.exp().sum().log()", draw.normal(2, 3, 2)


@case(aspect="edge")
def a_number(draw):
    return "x.exp().sum()", draw.uniform(low=1, high=2)


@case(aspect="edge")
def entries_that_do_not_matter(draw):
    return "x[0] * x[1].exp()", draw.uniform(4, low=1, high=2)


@case(aspect="edge")
def asked_twice(draw):
    return arguments("(x ** 3).sum()", draw.uniform(3, low=1, high=2), calls=2)


@case(aspect="edge")
def x_holds_a_gradient_already(draw):
    return arguments("2 * x.dot(x)", draw.normal(4), x_grad=draw.normal(4))


@domain(outside={"huge, tiny, inf, large, apart, far": "exponentials and powers overflow, vanish or cancel"})
def any_point(draw):
    x = draw.any(axes=(0, 4), least=1, without=NO_EXTREMES)
    anywhere = (
        "(x ** 3).sum()",
        "x.exp().sum()",
        "x.exp().sum().log()",
        "3 * x.sum()",
        "x.abs().sum()",
        "x.relu().sum()",
    )
    formula = draw.pick(*anywhere, *VECTOR_FORMULAS * (x.dim() == 1 and len(x) > 1))
    return arguments(
        formula, x, x_grad=draw.pick(draw.left_out, draw.normal(*x.shape)), calls=draw.pick(1, 2, draw.left_out)
    )


@misconception(
    "You differentiate at the caller's x itself. It requires a gradient now, and holds one: whatever it held "
    "before, and every further call, is added to it.",
    "Differentiate at a leaf of your own: z = x.detach().clone().requires_grad_(), and return z.grad.",
)
def accumulates_in_x(f, x):
    x.requires_grad_(True)
    f(x).backward()
    return x.grad


@misconception(
    "The gradient that the caller's x held is lost, and x requires one now. Both belong to the caller.",
    "Differentiate at a leaf of your own, z = x.detach().clone().requires_grad_(), and leave x alone.",
)
def gradient_of_x_replaced(f, x):
    x.requires_grad_(True)
    x.grad = None
    f(x).backward()
    return x.grad


@misconception(
    "clone() is recorded like any operation. Where x requires a gradient, the copy hangs on x and is no leaf: its "
    ".grad stays None, and the gradient is added to that of the caller's x.",
    "Cut the copy off first: z = x.detach().clone().requires_grad_().",
)
def copy_in_the_graph_of_x(f, x):
    z = x.clone().requires_grad_(True)
    f(z).backward()
    return z.grad


@misconception(
    "The copy does not require a gradient, so nothing was recorded, and there is no graph to go back through.",
    "Call requires_grad_() on the copy before you compute f.",
)
def nothing_recorded(f, x):
    z = x.detach().clone()
    f(z).backward()
    return z.grad


@misconception(
    "backward() returns None: it leaves the gradient in the .grad of the leaf.",
    "Keep the leaf in a variable, call backward(), and return z.grad.",
)
def what_backward_returns(f, x):
    return f(leaf_at(x)).backward()


@misconception(
    "torch.autograd.grad returns a tuple with one gradient for each input, even if there is only one.",
    "Take the first one: torch.autograd.grad(f(z), z)[0].",
)
def tuple_returned(f, x):
    z = leaf_at(x)
    return torch.autograd.grad(f(z), z)


@misconception(
    "Differences are approximations, and cost an evaluation of f for every entry of x. Autograd is exact, and needs"
    " a single one.",
    "Make a leaf, compute f there, and go back: torch.autograd.grad(f(z), z)[0].",
)
def forward_differences(f, x):
    x, h = x.detach(), 1e-3
    return differences(lambda e: (f(x + h * e) - f(x)) / h, x)


@misconception(
    "Central differences are better than one-sided ones, and are still approximations, with two evaluations of f "
    "for every entry of x.",
    "Make a leaf, compute f there, and go back: torch.autograd.grad(f(z), z)[0].",
    chance="central differences of a quadratic function are off by rounding errors only",
)
def central_differences(f, x):
    x, h = x.detach(), 1e-3
    return differences(lambda e: (f(x + h * e) - f(x - h * e)) / (2 * h), x)


def differences(slope, x):
    units = torch.eye(x.numel(), dtype=x.dtype, device=x.device).reshape(-1, *x.shape)
    return torch.stack([slope(e) for e in units]).reshape(x.shape)


@misconception(
    "The gradient is attached to its graph, which stays in memory as long as the gradient does.",
    "Leave out create_graph=True: only a second derivative needs it.",
    keeps="every number is right",
)
def still_attached(f, x):
    z = leaf_at(x)
    return torch.autograd.grad(f(z), z, create_graph=True)[0]


@misconception(
    "Where the caller's x requires a gradient, what you return is attached to it.",
    "Give torch.func.grad the detached point: torch.func.grad(f)(x.detach()).",
    keeps="every number is right",
)
def attached_to_x(f, x):
    return torch.func.grad(f)(x)


@first_attempt("accumulates_in_x", "what_backward_returns")
def backward_at_x_returned(f, x):
    x.requires_grad_(True)
    return f(x).backward()
