"""A limit on a computer: too large an h is no limit, too small an h is noise, and one entry moves at a time."""

import torch
from _shared import AUTOGRAD

from grader import (
    Exercise,
    alternative,
    case,
    domain,
    driver,
    first_attempt,
    misconception,
    reference,
)

exercise = Exercise(
    points=1,
    book="sec_calculus",
    forbid=AUTOGRAD,
    forbid_reason="The difference quotient is the exercise: evaluate f on both sides of x.",
    parts={"x unchanged": "mutation"},
    accuracy=1e-3,  # as the stub says; central differences in float64 are six digits better, and so their own truth
)


@driver
def of_a_function(numeric_grad, x, terms_of_f):
    """The gradient of a sum of terms: what a term is -> its factor. Autograd sees nothing of it."""

    def f(x):
        z = x.detach()
        terms = {
            "x.sum()": lambda: z.sum(),
            "(x ** 2).sum()": lambda: (z**2).sum(),
            "(x ** 3).sum()": lambda: (z**3).sum(),
            "sin(2 * x).sum()": lambda: (2 * z).sin().sum(),
            "exp(x).sum()": lambda: z.exp().sum(),
            "abs(x).sum()": lambda: z.abs().sum(),
            "x.prod()": lambda: z.prod(),
        }
        return sum(factor * terms[term]() for term, factor in terms_of_f.items())

    before = x.clone()
    gradient = numeric_grad(f, x)
    return {"gradient": gradient, "x unchanged": torch.equal(x, before) and not x.requires_grad}


@reference
def numeric_grad(f, x):
    return differences(f, x, 1e-5)


def differences(f, x, h):
    """Central differences in float64."""
    z = x.detach().double()
    steps = h * torch.eye(len(z), dtype=z.dtype, device=z.device)
    return torch.stack([(f(z + e) - f(z - e)) / (2 * h) for e in steps]).to(x.dtype)


@alternative
def numbers_in_a_list(f, x):
    z, h, g = x.double(), 1e-6, []
    for i in range(z.numel()):
        e = torch.zeros_like(z)
        e[i] = h
        g.append((float(f(z + e)) - float(f(z - e))) / (2 * h))
    return torch.tensor(g, dtype=x.dtype, device=x.device)


@alternative
def one_copy_moved_and_moved_back(f, x):
    z = torch.empty_like(x, dtype=torch.float64).copy_(x)
    g = torch.empty_like(z)
    for i, old in enumerate(z.tolist()):
        h = 1e-5 * max(1.0, abs(old))
        z[i] = old + h
        above = f(z).item()
        z[i] = old - h
        g[i] = (above - f(z).item()) / (2 * h)
        z[i] = old
    return g.type_as(x)


@alternative
def five_points(f, x):
    z, h = x.to(torch.float64), 1e-3
    g = x.new_empty(len(x))
    for i in range(len(x)):
        e = (torch.arange(len(z), device=z.device) == i).double() * h
        g[i] = (f(z - 2 * e) - 8 * f(z - e) + 8 * f(z + e) - f(z + 2 * e)) / (12 * h)
    return g


def number(draw, low, high):
    return float(draw.uniform(low=low, high=high))


@case
def the_parabola_of_the_book(draw):
    """f(x) = 3 x**2 - 4 x, whose derivative at 1 is 2."""
    return draw.tensor([1.0]), {"x.sum()": -4.0, "(x ** 2).sum()": 3.0}


@case
def several_variables(draw):
    return draw.normal(4), {
        "(x ** 2).sum()": number(draw, 0.5, 1),
        "sin(2 * x).sum()": number(draw, 1, 2),
        "x.sum()": number(draw, -1, 1),
    }


@case
def a_product_of_all(draw):
    """The slope along one axis hangs on all the others."""
    return draw.uniform(3, low=0.5, high=2), {"x.prod()": number(draw, 1, 2)}


@case
def exponentials(draw):
    return draw.uniform(3, low=0, high=2), {"exp(x).sum()": number(draw, 0.5, 1)}


@case
def every_second_entry_of_a_longer_vector(draw):
    return draw.every_second(draw.normal(3)), {"(x ** 3).sum()": number(draw, 0.5, 1), "x.sum()": 1.0}


@case(aspect="stability")
def a_small_slope_of_a_large_value(draw):
    """In float32 nothing is left of the difference."""
    x = draw.tensor([20.0, 0.0]) + draw.uniform(2, low=0.4, high=0.6)
    return x, {"(x ** 2).sum()": number(draw, 0.5, 1), "x.sum()": -41.0}


@case(aspect="stability")
def a_steep_function(draw):
    """One-sided with h = 0.1 is far off."""
    return draw.uniform(2, low=3, high=4), {"exp(x).sum()": number(draw, 1, 2), "(x ** 3).sum()": 1.0}


@case(aspect="edge")
def a_kink(draw):
    """The middle of both slopes: 0 at 0. Where f bends only 0.015 away, a step of 0.02 is too far."""
    x = draw.normal(3)
    x[1], x[2] = 0, draw.uniform(low=0.013, high=0.017)
    return x, {"abs(x).sum()": number(draw, 1, 2)}


@case(aspect="edge")
def a_constant_direction(draw):
    """A product in which one factor is zero."""
    x = draw.uniform(3, low=1, high=2)
    x[2] = 0
    return x, {"x.prod()": 1.0}


@domain(
    dtypes=("float64", "float32"),
    outside={
        "inf, huge, tiny, large, apart, far": "entries of ordinary size: powers of others overflow or cancel",
        "kinks near x": "a step of some hundredths does not cross one unless it lies at x itself",
    },
)
def any_function(draw):
    x = draw.any(axes=(1, 1), least=1, without="inf huge tiny large apart far")
    kink = draw.pick(0.0, 0.0, 1.5)
    if kink:
        x = torch.where(x.abs() < 0.05, 0, x)
    factors = {
        "x.sum()": draw.pick(1.25, -2.0),
        **{
            name: draw.pick(0.0, 0.75, 1.5)
            for name in ("(x ** 2).sum()", "(x ** 3).sum()", "sin(2 * x).sum()", "exp(x).sum()")
        },
        "abs(x).sum()": kink,
        "x.prod()": draw.pick(0.0, 2.0),
    }
    return x, {name: factor for name, factor in factors.items() if factor}


def with_slopes(f, x, slope, double=True):
    """The gradient from a slope along each step of length one."""
    z = x.double() if double else x
    return torch.stack([slope(z, e) for e in torch.eye(len(z), dtype=z.dtype, device=z.device)]).to(x.dtype)


@misconception(
    "One-sided with a large h: that is the slope of a secant, and it is off by h/2 times the second derivative.",
    "Step to both sides, and make h small: 1e-5 in float64.",
)
def a_secant(f, x, h=0.1):
    return with_slopes(f, x, lambda z, e: (f(z + h * e) - f(z)) / h)


@misconception(
    "You step to one side only. At a kink that is the slope of that side, and elsewhere the error is of order h, "
    "not h².",
    "Take f(x + h) - f(x - h), and divide by 2 h.",
    keeps="right to seven digits where f is smooth",
)
def one_sided(f, x, h=1e-7):
    return with_slopes(f, x, lambda z, e: (f(z + h * e) - f(z)) / h)


@misconception(
    "From x - h to x + h it is 2 h, so your slopes are twice too steep.",
    "Divide by 2 * h, in parentheses.",
)
def divided_by_h(f, x, h=1e-5):
    return with_slopes(f, x, lambda z, e: (f(z + h * e) - f(z - h * e)) / h)


@misconception(
    "x + h moves all entries at once, so every entry gets the slope along the diagonal: the sum of the gradient.",
    "Add h to one entry of a copy at a time.",
)
def all_entries_together(f, x, h=1e-5):
    z = x.double()
    return torch.full_like(x, float(f(z + h) - f(z - h)) / (2 * h))


@misconception(
    "In float32 a step of 1e-5 changes only the last digits of f, and their difference is noise.",
    "Convert first, z = x.double(), and the answer back at the end.",
    chance="how much of a difference is rounding, is chance",
)
def single_precision(f, x, h=1e-5):
    return with_slopes(f, x, lambda z, e: (f(z + h * e) - f(z - h * e)) / (2 * h), double=False)


@misconception(
    "h is so small that x + h is x, or that rounding is all that is left of the difference.",
    "Take h near 1e-5, in float64.",
)
def step_too_small(f, x, h=1e-17):
    return with_slopes(f, x, lambda z, e: (f(z + h * e) - f(z - h * e)) / (2 * h))


@misconception(
    "The sign is wrong: you subtract what lies ahead from what lies behind.",
    "Take f(x + h) - f(x - h), in this order.",
)
def backwards(f, x, h=1e-5):
    return with_slopes(f, x, lambda z, e: (f(z - h * e) - f(z + h * e)) / (2 * h))


@misconception(
    "f is asked about one entry of x at a time, as if it treated them one by one. It takes the whole vector, and the "
    "other entries take part.",
    "Move one entry of a copy of x, and give f all of it.",
    keeps="right for functions that are a sum over the entries",
)
def one_entry_alone(f, x, h=1e-5):
    z = x.double()
    return torch.stack([(f(z[i : i + 1] + h) - f(z[i : i + 1] - h)) / (2 * h) for i in range(len(z))]).to(x.dtype)


@misconception(
    "The step is never taken back: when the second entry moves, the first one is still at x + h or further.",
    "Start each entry from a fresh copy of x, or put the old number back.",
    keeps="the error is as small as h",
)
def never_moved_back(f, x, h=1e-2):
    z = x.double().clone()
    slopes = []
    for i in range(len(z)):
        z[i] += h
        above = f(z)
        z[i] -= 2 * h
        slopes.append((above - f(z)) / (2 * h))
    return torch.stack(slopes).to(x.dtype)


@misconception(
    "The gradient comes back in float64, although x was float32.",
    "Convert it at the end: .to(x.dtype).",
    keeps="every number is right",
)
def left_in_float64(f, x):
    return differences(f, x.double(), 1e-5)


@misconception(
    "You step along the caller's x, and += leaves it changed, be it in the last digit.",
    "Step along a copy: z = x.double().clone().",
    keeps="the gradient is right",
)
def steps_along_the_caller_s_x(f, x):
    g = differences(f, x, 1e-5)
    for i in range(len(x)):
        x[i] += 1e-5
    return g


@misconception(
    "The slopes are added up to one number. A gradient has an entry for each entry of x.",
    "Collect the slopes: one for each i.",
)
def slopes_added(f, x):
    return differences(f, x, 1e-5).sum()


@misconception(
    "Only the first entry is moved, and its slope is given to all.",
    "Let i run over all entries.",
)
def the_first_slope_for_all(f, x):
    return differences(f, x, 1e-5)[:1].expand(len(x)).clone()


@first_attempt("a_secant", "all_entries_together")
def the_limit_of_the_book(f, x, h=0.1):
    return (f(x + h) - f(x)) / h * torch.ones_like(x)


@first_attempt("divided_by_h", "all_entries_together")
def twice_as_steep(f, x, h=1e-5):
    z = x.double()
    return ((f(z + h) - f(z - h)) / h * torch.ones_like(z)).to(x.dtype)


@first_attempt("one_sided", "single_precision")
def forward_in_the_dtype_of_x(f, x, h=1e-6):
    return with_slopes(f, x, lambda z, e: (f(z + h * e) - f(z)) / h, double=False)
