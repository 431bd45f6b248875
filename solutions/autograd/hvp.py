"""Hv is the gradient of the number g . v: two passes backwards, the first one recorded, and no matrix."""

import torch
from _shared import NO_EXTREMES, TYPE_AND_MUTATION, leaf_at, of_formulas  # noqa: F401 (the driver)

from grader import Exercise, alternative, arguments, batch, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=3,
    book="sec_autograd",
    parts=TYPE_AND_MUTATION,
    shares={"mutation": 0.3, "vectorised": 0.7, "allowed_functions": 0.7},
    forbid=("hvp", "vhp", "hessian", "jacobian", "jacrev", "jacfwd"),
    forbid_reason="The product is the exercise: take a gradient of a gradient.",
    equivalent={
        "x.detach().requires_grad_": "nobody writes into the copy",
        "x.clone().requires_grad_": "the derivative is taken at the copy, whatever that hangs on",
    },
)


@reference
def hvp(f, x, v):
    z = x.detach().clone().requires_grad_(True)
    (g,) = torch.autograd.grad(f(z), z, create_graph=True)
    if not g.requires_grad:
        return torch.zeros_like(g)
    (h,) = torch.autograd.grad(g, z, v)
    return h


@alternative
def gradient_of_a_dot_product(f, x, v):
    z = x.detach().clone().requires_grad_(True)
    (g,) = torch.autograd.grad(f(z), z, create_graph=True)
    slope = g.dot(v)
    return torch.autograd.grad(slope, z)[0] if slope.requires_grad else torch.zeros_like(x)


@alternative
def cleared_before_the_second_pass(f, x, v):
    z = x.detach().clone().requires_grad_(True)
    g = torch.autograd.grad(f(z), z, create_graph=True)[0]
    if g.grad_fn is None:
        return x.detach() * 0
    z.grad = None
    g.backward(v)
    return z.grad


@alternative
def forward_over_reverse(f, x, v):
    return torch.func.jvp(torch.func.grad(f), (x.detach(),), (v,))[1]


@case
def a_quadratic_form(draw):
    return "x.dot(x.cumsum(0))", draw.normal(4), draw.normal(4)


@case
def cubes(draw):
    """The Hessian is diagonal."""
    return "(x ** 3).sum()", draw.normal(5), draw.normal(5)


@case
def entries_that_do_not_matter(draw):
    return "x[0] * x[1].exp()", draw.uniform(4, low=1, high=2), draw.uniform(4, low=1, high=2)


@case
def a_narrow_valley(draw):
    return "rosenbrock(x)", draw.normal(4), draw.normal(4)


@case
def every_second_entry_of_a_longer_vector(draw):
    return "x.exp().sum().log()", draw.every_second(draw.normal(3)), draw.every_second(draw.normal(3))


@case
def a_function_of_real_numbers_only(draw):
    """relu has no complex derivative, so a complex step does not do."""
    signs = draw.tensor([1.0, -1.0, 1.0, -1.0])
    return "(x.relu() ** 2).sum()", signs * draw.uniform(4, low=1, high=2), draw.normal(4)


@case(aspect="edge")
def a_linear_function(draw):
    """Its gradient is a constant that nothing was recorded for."""
    return "3 * x.sum()", draw.normal(3), draw.normal(3)


@case(aspect="edge")
def one_variable(draw):
    return "x.exp().sum()", draw.uniform(1, low=1, high=2), draw.uniform(1, low=2, high=3)


@case(aspect="edge")
def no_direction(draw):
    return "x.prod()", draw.uniform(3, low=1, high=2), draw.full(3, value=0.0)


@case(aspect="edge")
def x_holds_a_gradient_already(draw):
    return arguments("x.prod()", draw.uniform(4, low=1, high=2), draw.normal(4), x_grad=draw.normal(4))


@domain(outside={"huge, tiny, inf, large, apart, far": "powers overflow, vanish or cancel"})
def any_direction(draw):
    x = draw.any(draw.size(least=2), without=NO_EXTREMES)
    v = draw.like(x, without=NO_EXTREMES)
    formula = draw.pick(
        "x.dot(x.cumsum(0))", "(x ** 3).sum()", "x[0] * x[1].exp()", "rosenbrock(x)", "3 * x.sum()", "x.prod()"
    )
    return arguments(
        formula, x, v, x_grad=draw.pick(draw.left_out, draw.normal(len(x))), calls=draw.pick(1, 2, draw.left_out)
    )


@batch
def more_variables(draw, n):
    return "rosenbrock(x)", draw.normal(n), draw.normal(n)


@misconception(
    "The first gradient was computed without a graph, so it cannot be differentiated again.",
    "Build it with create_graph=True: torch.autograd.grad(f(z), z, create_graph=True)[0].",
)
def first_pass_not_recorded(f, x, v):
    z = leaf_at(x)
    (g,) = torch.autograd.grad(f(z), z)
    return torch.autograd.grad((g * v).sum(), z)[0]


@misconception(
    "Where f is linear its gradient is a constant without a graph, and the second pass raises an error.",
    "If g does not require a gradient, return zeros: if not g.requires_grad: return torch.zeros_like(g).",
    keeps="right for every function that is not linear",
)
def linear_functions_forgotten(f, x, v):
    z = leaf_at(x)
    (g,) = torch.autograd.grad(f(z), z, create_graph=True)
    return torch.autograd.grad((g * v).sum(), z)[0]


@misconception(
    "The .grad of the leaf still holds the first derivative when the second pass adds to it, so you return g + Hv.",
    "Set z.grad = None before the second pass, or use torch.autograd.grad for both.",
)
def first_derivative_not_cleared(f, x, v):
    z = leaf_at(x)
    f(z).backward(create_graph=True)
    if z.grad.requires_grad:
        (z.grad * v).sum().backward()
        return z.grad.detach()
    return z.grad


@misconception(
    "A second backward() on y adds the first derivative once more; it takes no second derivative.",
    "Differentiate the gradient: build it with create_graph=True, and go back from (g * v).sum().",
)
def backward_twice(f, x, v):
    z = leaf_at(x)
    y = f(z)
    y.backward(retain_graph=True)
    y.backward()
    return z.grad * v


@misconception(
    "That is the gradient times v, entry by entry. No second derivative was taken.",
    "Sum the products, (g * v).sum(), and differentiate that once more.",
)
def gradient_times_v(f, x, v):
    z = leaf_at(x)
    return torch.autograd.grad(f(z), z)[0] * v


@misconception(
    "That is the slope of f along v, a number. No second derivative was taken.",
    "Build g with create_graph=True, and differentiate g.dot(v) once more, with respect to the point.",
)
def slope_along_v(f, x, v):
    z = leaf_at(x)
    return torch.autograd.grad(f(z), z)[0].dot(v)


@misconception(
    "g * v has an entry for each variable, and only a scalar has a gradient of its own: torch asks for weights and "
    "raises an error.",
    "Sum the products: (g * v).sum(), or g.dot(v). Or give v as the weights: torch.autograd.grad(g, z, v).",
)
def product_not_summed(f, x, v):
    return second_gradient(f, x, lambda g: g * v)


@misconception(
    "torch.autograd.grad returns a tuple with one gradient for each input, and a tuple cannot be multiplied by v.",
    "Take the first one: torch.autograd.grad(f(z), z, create_graph=True)[0].",
)
def first_gradient_left_in_its_tuple(f, x, v):
    z = leaf_at(x)
    g = torch.autograd.grad(f(z), z, create_graph=True)
    return torch.autograd.grad((g * v).sum(), z)[0]


def second_gradient(f, x, weight):
    """The gradient of a number that `weight` makes of the gradient; zeros where f is linear."""
    z = leaf_at(x)
    (g,) = torch.autograd.grad(f(z), z, create_graph=True)
    return torch.autograd.grad(weight(g), z)[0] if g.requires_grad else torch.zeros_like(z)


@misconception(
    "You sum the rows of H first and multiply by v afterwards, which is right only for a diagonal H.",
    "Let v weight the gradient before the second pass: differentiate (g * v).sum().",
)
def v_too_late(f, x, v):
    return second_gradient(f, x, lambda g: g.sum()) * v


@misconception(
    "A difference of two gradients is an approximation, however small the step. Two backward passes give Hv exactly.",
    "Build g with create_graph=True, and differentiate (g * v).sum().",
    chance="differences of a linear gradient are off by rounding errors only",
)
def difference_of_gradients(f, x, v):
    def gradient(z):
        z = leaf_at(z)
        return torch.autograd.grad(f(z), z)[0]

    h = 1e-3
    return (gradient(x + h * v) - gradient(x - h * v)) / (2 * h)


@misconception(
    "You form H row by row, which takes n backward passes and n^2 numbers. For Hv two passes are enough, however "
    "large n is.",
    "Differentiate the single number (g * v).sum() instead.",
    keeps="every number is right",
)
def the_whole_hessian(f, x, v):
    z = leaf_at(x)
    (g,) = torch.autograd.grad(f(z), z, create_graph=True)
    if not g.requires_grad:
        return torch.zeros_like(g)
    return torch.stack([torch.autograd.grad(each, z, retain_graph=True)[0] for each in g]) @ v


@misconception(
    "The result is attached to its graph, because the second pass was recorded as well.",
    "Give create_graph=True to the first pass only.",
    keeps="every number is right",
)
def second_pass_recorded_too(f, x, v):
    z = leaf_at(x)
    (g,) = torch.autograd.grad(f(z), z, create_graph=True)
    return torch.autograd.grad(g, z, v, create_graph=True)[0] if g.requires_grad else torch.zeros_like(z)


@misconception(
    "clone() is recorded like any operation. Where x requires a gradient, the copy hangs on x and is no leaf: its "
    ".grad stays None, and the gradient is added to that of the caller's x.",
    "Cut the copy off first: z = x.detach().clone().requires_grad_().",
    keeps="right where x requires no gradient",
)
def copy_in_the_graph_of_x(f, x, v):
    z = x.clone().requires_grad_(True)
    (g,) = torch.autograd.grad(f(z), z, create_graph=True)
    if not g.requires_grad:
        return torch.zeros_like(g)
    g.backward(v)
    return z.grad


@misconception(
    "The caller's x now requires a gradient, and it did not before.",
    "Differentiate at a leaf of your own: z = x.detach().clone().requires_grad_().",
    keeps="every number is right",
)
def recorded_at_x(f, x, v):
    (g,) = torch.autograd.grad(f(x.requires_grad_(True)), x, create_graph=True)
    return torch.autograd.grad(g, x, v)[0] if g.requires_grad else torch.zeros_like(g)


@first_attempt("recorded_at_x", "linear_functions_forgotten")
def twice_at_x(f, x, v):
    x.requires_grad_(True)
    g = torch.autograd.grad(f(x), x, create_graph=True)[0]
    return torch.autograd.grad((g * v).sum(), x)[0]


@first_attempt("product_not_summed", "linear_functions_forgotten")
def twice_without_a_sum(f, x, v):
    z = leaf_at(x)
    g = torch.autograd.grad(f(z), z, create_graph=True)[0]
    return torch.autograd.grad(g * v, z)[0]


@first_attempt("the_whole_hessian", "linear_functions_forgotten")
def rows_of_the_hessian(f, x, v):
    z = leaf_at(x)
    g = torch.autograd.grad(f(z), z, create_graph=True)[0]
    H = torch.stack([torch.autograd.grad(g[i], z, retain_graph=True)[0] for i in range(len(x))])
    return H @ v
