"""The value says x^3, the gradient x^2: what is detached takes part in the one and not in the other."""

import torch

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_autograd",
    gradients=True,
    weights={"gradient": 3},
    forbid=("Function",),
    forbid_reason="The exercise is about detach, and needs no autograd.Function.",
)


@reference
def detached_cube(x):
    u = (x * x).detach()
    return u * x


@alternative
def recorded_only_outside(x):
    with torch.no_grad():
        u = x * x
    return u * x


@alternative
def square_of_the_detached(x):
    return x.detach().square() * x


@alternative
def two_detached_factors(x):
    y = x.detach()
    return x * y * y


@alternative
def squared_in_a_copy(x):
    u = x.detach().clone()
    u *= u
    return u.mul(x)


@case
def a_vector(draw):
    return draw.normal(4)


@case
def a_matrix(draw):
    return draw.normal(2, 3)


@case
def a_transposed_matrix(draw):
    return draw.normal(3, 3).T


@case
def numbers_far_from_one(draw):
    return draw.normal(4) * draw.tensor([1e-3, 1e-1, 1e1, 1e3])


@case(aspect="edge")
def a_number(draw):
    return draw.uniform(low=-3, high=-2)


@case(aspect="edge")
def zero_among_others(draw):
    return draw.tensor([-2, 0, 3]) * draw.uniform(low=1, high=1.3)


@case(aspect="edge", gradients=False)
def no_entries(draw):
    return draw.normal(0, 3)


@case(aspect="edge", dtypes=("bfloat16", "float16"), gradients=False)
def half_precision(draw):
    return draw.normal(5)


@domain(outside={"huge, tiny, inf": "cubes overflow, or vanish"})
def any_numbers(draw):
    return draw.any(axes=(0, 4), without="inf huge tiny")


@misconception(
    "The gradient is 3 x^2, for all three factors carry one. A new name, as in u = x * x, or a copy does not change"
    " that.",
    "Make u a constant for autograd: u = (x * x).detach(), and then u * x.",
)
def nothing_detached(x):
    return x**3


@misconception(
    "The gradient is 2 x^2, for one factor is detached, and two are to count as constants.",
    "Detach the whole of u = x * x, and let the third factor carry the gradient: u.detach() * x.",
)
def x_detached(x):
    return (x * x) * x.detach()


@misconception(
    "The result hangs on nothing, for every factor was detached, or computed under torch.no_grad(). It has no "
    "gradient at all.",
    "Detach u only, and multiply by x outside: (x * x).detach() * x.",
)
def everything_detached(x):
    with torch.no_grad():
        return x * x * x


@misconception(
    "That is x^2: one factor is missing.",
    "Detach u = x * x, then multiply by x once more.",
)
def square(x):
    return x * x.detach()


@misconception(
    "You return the sum of all entries, one number. The task asks for z itself, in the shape of x; whoever calls "
    "you may sum.",
    "Return u * x, without sum().",
)
def sum_returned(x):
    return ((x * x).detach() * x).sum()


@misconception(
    "requires_grad can be switched off for leaves only, and u was computed from x, so torch raises an error.",
    "Use u.detach(), which gives a new tensor without a history.",
)
def flag_switched_off(x):
    u = x * x
    u.requires_grad_(False)
    return u * x


@misconception(
    "detach() gives a new tensor in the same memory, so squaring it in place squares the caller's x as well.",
    "Compute a new tensor: u = x.detach() ** 2.",
)
def squared_in_shared_memory(x):
    u = x.detach()
    u *= u
    return u * x


@first_attempt("nothing_detached", "sum_returned")
def sum_of_cubes(x):
    return (x * x * x).sum()
