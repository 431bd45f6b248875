"""A test of tests: it must accept what is right at any scale, and refuse what is wrong in a single entry."""

import math
from itertools import pairwise, product

import torch

from grader import Exercise, alternative, case, domain, driver, first_attempt, misconception, reference

exercise = Exercise(
    book="sec_backprop", points=3, dtypes=("float32",), parts={"x unchanged": "mutation"}, weights={"stability": 3}
)

BOTH = ("float64", "float32")


@reference
def grad_check(f, g, x):
    z = x.double()
    claimed, numeric = g(z), central_differences(f, z)
    if claimed.shape != z.shape:
        return False
    return bool((claimed - numeric).norm() <= 1e-4 * (claimed.norm() + numeric.norm()))


def central_differences(f, z, h=1e-5):
    directions = torch.eye(z.numel(), dtype=z.dtype, device=z.device).reshape(z.numel(), *z.shape)
    differences = torch.stack([f(z + h * e) - f(z - h * e) for e in directions])
    return differences.reshape(z.shape) / (2 * h)


@alternative
def one_entry_of_a_copy_at_a_time(f, g, x):
    z = torch.empty(x.shape, dtype=torch.float64, device=x.device).copy_(x)
    claimed, flat, h = g(z.clone()).to(torch.float64), z.view(-1), 6e-6
    if claimed.shape != z.shape or torch.isnan(claimed).any():
        return False
    numeric = torch.empty_like(flat)
    for i in range(flat.numel()):
        old = flat[i].item()
        flat[i] = old + h
        above = float(f(z))
        flat[i] = old - h
        below = float(f(z))
        flat[i] = old
        numeric[i] = (above - below) / (2 * h)
    claimed = claimed.reshape(-1)
    return bool((claimed - numeric).norm() <= 1e-4 * (claimed.norm() + numeric.norm()))


@alternative
def relative_error_with_a_floor(f, g, x):
    z = x.to(torch.float64)
    claimed, numeric = g(z), torch.zeros_like(z)
    for index in product(*map(range, z.shape)):
        step = torch.zeros_like(z)
        step[index] = 2e-5
        numeric[index] = (f(z + step) - f(z - step)) / 4e-5
    if claimed.shape != z.shape:
        return False
    scale = claimed.pow(2).sum().sqrt() + numeric.pow(2).sum().sqrt()
    return ((claimed - numeric).pow(2).sum().sqrt() / scale.clamp(min=1e-12)).item() <= 1e-4


@driver
def verdicts(grad_check, terms_of_f, claimed_gradients, x):
    """The verdict on each claimed gradient of a function, and whether x is what it was. f hides from autograd.

    All functions are one with other numbers, and so are all claims: nothing but values tells right from wrong.

        f: what a term is -> its factor
        g(x) = factor * gradient + plus + its length * errors        or what has another shape
    """
    names = ("1", "x.sum()", "(x ** 2).sum()", "sin(x).sum()", "exp(rate * x).sum()", "rate")
    offset, line, square, wave, grow, rate = (terms_of_f.get(name, 0.0) for name in names)

    def function(z):
        z = z.detach()
        terms = square * z * z
        terms = terms + line * z if line else terms
        terms = terms + wave * z.sin() if wave else terms
        terms = terms + grow * (rate * z).exp() if grow else terms
        return terms.sum() + offset if offset else terms.sum()

    def gradient(z):
        slope = 2 * square * z + line
        slope = slope + wave * z.cos() if wave else slope
        return slope + grow * rate * (rate * z).exp() if grow else slope

    def claimed(z, factor=1.0, errors=None, transposed=False, flat=False, only_the_mean=False, plus=None):
        right = factor * gradient(z)
        right = right if plus is None else right + plus.to(right)
        right = right if errors is None else right + right.norm() * errors.to(right)
        right = right.T if transposed else right.reshape(-1) if flat else right
        return right.mean() if only_the_mean else right

    def wording(factor=1.0, errors=None, transposed=False, flat=False, only_the_mean=False, plus=None):
        text = f"{factor:.6g} times the gradient" + (", transposed" if transposed else ", in one row" if flat else "")
        return text + ("" if errors is plus is None else ", with errors") + (", their mean" if only_the_mean else "")

    before, recorded, said = x.clone(), x.requires_grad, {}
    for number, claim in enumerate(claimed_gradients, 1):
        accepted = grad_check(function, lambda z, claim=claim: claimed(z, **claim), x)
        said[f"accepted, g being {wording(**claim)} (number {number})"] = accepted
    return said | {"x unchanged": torch.equal(x, before) and x.requires_grad == recorded}


def number(draw, low, high):
    return float(draw.uniform(low=low, high=high))


def function(draw, scale=1.0, square=None, offset=0.0, line=0.0, wave=0.0, grow=0.0, rate=1.0):
    """A sum of squares, and what else is wanted."""
    square = number(draw, 0.5, 1.5) if square is None else square
    scaled = {"x.sum()": line, "(x ** 2).sum()": square, "sin(x).sum()": wave, "exp(rate * x).sum()": grow}
    f = {"1": offset} | {name: scale * factor for name, factor in scaled.items()} | {"rate": rate if grow else 0.0}
    return {name: factor for name, factor in f.items() if factor}


def mixed(draw, right, wrong):
    """Claims in random order, but never right and wrong in turn: whoever does not look is wrong in every case."""
    claims = [(True, claim) for claim in right] + [(False, claim) for claim in wrong]
    while True:
        order = [claims[place] for place in draw.permutation(len(claims)).tolist()]
        if any(one[0] == other[0] for one, other in pairwise(order)):
            return [claim for _, claim in order]


RIGHT = {"factor": 1.0}


def nearly_right(draw):
    """Right, and right within the tolerance."""
    return [RIGHT, {"factor": 1 + number(draw, -1e-5, 1e-5)}]


def an_error_somewhere(draw, *shape):
    """One entry is wrong by a few per cent of the length, any but the first and the last two."""
    errors = torch.zeros(math.prod(shape), dtype=torch.float64)
    errors[draw.integer(1, len(errors) - 2)] = number(draw, 0.03, 0.1)
    return {"errors": errors.reshape(shape)}


def errors_that_cancel(draw, n):
    errors, size = torch.zeros(n, dtype=torch.float64), number(draw, 0.5, 2)
    places = draw.permutation(n)
    errors[places[0]], errors[places[1]] = size, -size
    return {"errors": errors}


def somewhere(draw, *shape):
    return draw.uniform(*shape, low=0.5, high=1.5)


def off(draw, *ends):
    """A gradient that is too long or too short, between these."""
    return {"factor": number(draw, *ends)}


@case(dtypes=BOTH)
def squares(draw):
    wrong = [off(draw, 0.3, 0.7), {"factor": -1.0}, errors_that_cancel(draw, 3)]
    return function(draw), mixed(draw, nearly_right(draw), wrong), somewhere(draw, 3)


@case
def a_wave(draw):
    wrong = [{"factor": 2.0}, errors_that_cancel(draw, 3), errors_that_cancel(draw, 3)]
    return function(draw, wave=number(draw, 1, 2)), mixed(draw, nearly_right(draw), wrong), somewhere(draw, 3)


@case
def a_square_matrix(draw):
    x = draw.tensor([[0, 1], [-1, 0]]) + 0.2 * draw.normal(2, 2)
    turned = {"transposed": True}
    return function(draw, grow=1.0), mixed(draw, nearly_right(draw), [turned, turned | off(draw, 2, 3)]), x


@case(dtypes=BOTH)
def one_entry_among_many(draw):
    wrong = [an_error_somewhere(draw, 2, 1, 3), an_error_somewhere(draw, 2, 1, 3), {"factor": -1.0}]
    return function(draw), mixed(draw, nearly_right(draw), wrong), somewhere(draw, 2, 1, 3)


@case(aspect="edge", dtypes=BOTH)
def a_transposed_matrix(draw):
    wrong = [{"transposed": True}, {"flat": True}, off(draw, 0.4, 0.6)]
    return function(draw), mixed(draw, [*nearly_right(draw), RIGHT], wrong), somewhere(draw, 3, 2).T


@case(aspect="stability", dtypes=BOTH)
def a_huge_gradient(draw):
    f = function(draw, scale=10 ** number(draw, 9, 11), wave=1.0)
    wrong = [off(draw, 1.002, 1.005), errors_that_cancel(draw, 3)]
    return f, mixed(draw, [*nearly_right(draw), RIGHT], wrong), draw.uniform(3)


@case(aspect="stability")
def a_tiny_gradient(draw):
    wrong = [off(draw, 0.4, 0.6), {"factor": -1.0}]
    f = function(draw, scale=10 ** -number(draw, 11, 13))
    return f, mixed(draw, [*nearly_right(draw), RIGHT], wrong), somewhere(draw, 3)


@case(aspect="stability")
def a_small_change_of_something_large(draw):
    """Four digits of the difference are lost before it begins."""
    wrong = [off(draw, 1.002, 1.005), off(draw, 0.995, 0.998)]
    f = function(draw, offset=number(draw, 8e3, 1.2e4))
    return f, mixed(draw, [*nearly_right(draw), RIGHT], wrong), somewhere(draw, 3)


@case(aspect="stability", dtypes=("float64",))
def a_steep_function(draw):
    wrong = [off(draw, 1.002, 1.005), off(draw, 0.995, 0.998)]
    f = function(draw, grow=1.0, rate=number(draw, 90, 110))
    return f, mixed(draw, [RIGHT, RIGHT, RIGHT], wrong), draw.uniform(2, low=-0.02, high=0)


@case(aspect="edge", dtypes=("float64",))
def inside_and_outside_the_tolerance(draw):
    """The error of 0.015 % is shared by two norms."""
    right = [off(draw, 1.00014, 1.00016), off(draw, 0.99984, 0.99986)]
    wrong = [off(draw, 1.0003, 1.0004), off(draw, 0.9996, 0.9997)]
    return function(draw), mixed(draw, [RIGHT, *right], wrong), draw.uniform(2, low=0.75, high=1.25)


@case(aspect="edge")
def a_gradient_of_zero(draw):
    flat = function(draw, square=0.0, offset=number(draw, 1, 5))
    wrong = [{"plus": draw.full(2, value=number(draw, 0.5, 1))}, {"plus": draw.uniform(2, low=-2, high=-1)}]
    return flat, mixed(draw, [RIGHT, {"factor": 0.5}, {"factor": -1.0}], wrong), draw.normal(2)


@case(aspect="edge")
def claims_that_are_no_gradients(draw):
    """The number would broadcast to the right ones."""
    f = function(draw, square=0.0, line=number(draw, 0.5, 1.5))
    wrong = [{"only_the_mean": True}, {"errors": draw.tensor([math.nan, 0.0])}, {"factor": math.nan}]
    return f, mixed(draw, nearly_right(draw), wrong), somewhere(draw, 2)


@case(aspect="edge", dtypes=("float64",))
def a_single_number(draw):
    wrong = [off(draw, 1.8, 2.2), {"factor": -1.0}]
    return function(draw), mixed(draw, [*nearly_right(draw), RIGHT], wrong), draw.uniform(low=1.1, high=1.9)


def judged(f, g, x, *, differences=central_differences, agree=None):
    """The right verdict but for other differences, or another way to compare them with the claim."""
    z = x.double()
    claimed, numeric = g(z), differences(f, z)
    if claimed.shape != z.shape:
        return False
    return bool(agree(claimed, numeric) if agree else distance(claimed, numeric) <= 1e-4)


def distance(claimed, numeric):
    """The relative one, 0 between zeros."""
    scale = claimed.norm() + numeric.norm()
    return (claimed - numeric).norm() / scale.where(scale != 0, 1)


@domain(outside={"inf, huge, tiny, large, apart, far": "the differences of a square drown in its rounding"})
def any_claims(draw):
    x = draw.any(axes=(0, 4), least=1, without="inf huge tiny large apart far")
    draw.require(x.numel() <= 130)
    wrong = [off(draw, 0.3, 0.7), {"factor": -1.0}]
    if x.numel() > 1:
        wrong.append({"errors": errors_that_cancel(draw, x.numel())["errors"].reshape(x.shape)})
    return function(draw, line=number(draw, 1, 2)), mixed(draw, nearly_right(draw), wrong), x


@misconception(
    "The step is so small that x + h is x, or that rounding error is all that is left of the difference.",
    "Use h near 1e-5, in float64.",
)
def step_too_small(f, g, x):
    return judged(f, g, x, differences=lambda f, z: central_differences(f, z, 1e-20))


@misconception(
    "You compute in the dtype of x. In float32 a step of 1e-5 changes only the last digits of f, and their "
    "difference is mostly noise.",
    "Convert x first: x.double().",
)
def single_precision(f, g, x):
    claimed, numeric = g(x), central_differences(f, x)
    return claimed.shape == x.shape and bool(distance(claimed, numeric) <= 1e-4)


@misconception(
    "Your central differences are twice too large: from x - h to x + h it is 2 h.",
    "Divide by 2 h.",
)
def divided_by_h(f, g, x):
    return judged(f, g, x, differences=lambda f, z: 2 * central_differences(f, z))


@misconception(
    "(f(x + h) - f(x)) / h is off by h/2 times the second derivative, which is too much for a steep function. "
    "With a step to each side that error cancels.",
    "Take a step to each side: (f(x + h) - f(x - h)) / (2 h).",
    keeps="right as long as f is not steep",
)
def one_sided(f, g, x):
    def forward_differences(f, z, h=1e-5):
        directions = torch.eye(z.numel(), dtype=z.dtype, device=z.device).reshape(z.numel(), *z.shape)
        return torch.stack([f(z + h * e) - f(z) for e in directions]).reshape(z.shape) / h

    return judged(f, g, x, differences=forward_differences)


@misconception(
    "All entries of x move at once, so you see the slope in one direction only, the sum of all partial "
    "derivatives. Errors in them may cancel.",
    "Move one entry at a time, and compare each partial derivative with its entry of g(x).",
)
def all_entries_at_once(f, g, x):
    z, h = x.double(), 1e-5
    numeric, claimed = (f(z + h) - f(z - h)) / (2 * h), g(z).sum()
    return bool(distance(claimed, numeric) <= 1e-4)


@misconception(
    "You add up the errors of all entries, and errors of opposite sign cancel.",
    "Measure the difference with a norm: (g(x) - N).norm().",
)
def errors_summed(f, g, x):
    return judged(f, g, x, agree=lambda a, n: (a - n).sum().abs() <= 1e-4 * (a.norm() + n.norm()))


@misconception(
    "You take the largest difference without its absolute value, so every error below zero counts as small.",
    "Measure the difference with a norm: (g(x) - N).norm().",
)
def signed_maximum(f, g, x):
    return judged(f, g, x, agree=lambda a, n: (a - n).max() <= 1e-4 * (a.norm() + n.norm()))


@misconception(
    "You compare the lengths of the two gradients. Vectors of the same length may point in different directions.",
    "Take the norm of the difference, not the difference of the norms: (g(x) - N).norm().",
)
def lengths_compared(f, g, x):
    return judged(f, g, x, agree=lambda a, n: (a.norm() - n.norm()).abs() <= 1e-4 * (a.norm() + n.norm()))


@misconception(
    "You compare directions only. Parallel is not equal: a gradient that is twice too long passes.",
    "Compare the vectors themselves: (g(x) - N).norm().",
)
def directions_compared(f, g, x):
    def unit(v):
        return v / v.norm().clamp(min=1e-300)

    return judged(f, g, x, agree=lambda a, n: distance(unit(a), unit(n)) <= 1e-4)


@misconception(
    "You are content if one entry agrees, whatever the others do.",
    "Ask for all entries, or better, take a norm over all of them.",
)
def one_entry_is_enough(f, g, x):
    return judged(f, g, x, agree=lambda a, n: ((a - n).abs() <= 1e-4 * (a.abs() + n.abs())).any())


@misconception(
    "An absolute tolerance accepts any tiny gradient and refuses every huge one, whose rounding errors are "
    "larger than it. The error should be relative.",
    "Multiply the tolerance by the norms: (g(x) - N).norm() <= 1e-4 * (g(x).norm() + N.norm()).",
)
def absolute_tolerance(f, g, x):
    return judged(f, g, x, agree=lambda a, n: (a - n).abs().max() <= 1e-4)


@misconception(
    "Your tolerance is so wide that an error of half a per cent passes. Central differences are good to about "
    "eight digits.",
    "Use a tolerance of 1e-4.",
)
def tolerance_too_wide(f, g, x):
    return judged(f, g, x, agree=lambda a, n: distance(a, n) <= 1e-2)


@misconception(
    "Where both gradients are zero you divide 0 by 0, and nan <= 1e-4 is False.",
    "Multiply the tolerance by the norms instead of dividing by them.",
    keeps="right but for a gradient of zero",
)
def zero_over_zero(f, g, x):
    return judged(f, g, x, agree=lambda a, n: (a - n).norm() / (a.norm() + n.norm()) <= 1e-4)


@misconception(
    "Every comparison with NaN is False, so a gradient of NaN is not found to be too far away, and passes for right.",
    "Ask whether the error is small, not whether it is large: return error <= bound.",
    keeps="right but for nan",
)
def nan_accepted(f, g, x):
    return judged(f, g, x, agree=lambda a, n: not (a - n).norm() > 1e-4 * (a.norm() + n.norm()))


@misconception(
    "You do not look at the shape of g(x). A claim of another shape may broadcast to the right numbers, or end "
    "in an exception.",
    "Compare the shapes first, and return False if they differ.",
    keeps="right for claims of the right shape",
)
def shape_not_compared(f, g, x):
    z = x.double()
    claimed, numeric = g(z), central_differences(f, z)
    return bool(distance(claimed, numeric) <= 1e-4)


@misconception(
    "You flatten g(x) before you look at its shape, so that a claim of another shape passes if its numbers are right.",
    "Compare the shapes of g(x) and x first, and flatten then.",
    keeps="right for claims of the right shape",
)
def flattened_before_the_comparison(f, g, x):
    claimed, numeric = g(x.double()).reshape(-1), central_differences(f, x.double()).reshape(-1)
    return claimed.shape == numeric.shape and bool(distance(claimed, numeric) <= 1e-4)


@misconception(
    "reshape(-1) copies a tensor that is not contiguous, so you move entries of the copy, and f never sees the step.",
    "Add a step to the whole tensor, f(z + step), or make z contiguous before you flatten it.",
    keeps="right for contiguous tensors",
)
def a_copy_moved(f, g, x):
    def differences(f, z, h=1e-5):
        z = z.clone()
        flat, found = z.reshape(-1), []
        for i in range(z.numel()):
            flat[i] += h
            above = f(z)
            flat[i] -= 2 * h
            found.append((above - f(z)) / (2 * h))
            flat[i] += h
        return torch.stack(found).reshape(z.shape)

    return judged(f, g, x, differences=differences)


@misconception(
    "double() returns x itself if x is float64 already, so you move the caller's x; and + h, - 2 h, + h do not "
    "lead back to the last digit.",
    "Work on a copy: x.double().clone().",
    keeps="every verdict is right",
)
def x_moved(f, g, x):
    def differences(f, z, h=1e-5):
        numeric = torch.zeros_like(z)
        for index in product(*map(range, z.shape)):
            z[index] += h
            above = f(z)
            z[index] -= 2 * h
            numeric[index] = (above - f(z)) / (2 * h)
            z[index] += h
        return numeric

    return judged(f, g, x, differences=differences)


@misconception(
    "You step along the first axis only: for a matrix a whole row moves at once, so you see the sum of its "
    "partial derivatives, and a single number has no first axis.",
    "Move one entry at a time, whatever the shape: for i in range(x.numel()), with reshape(-1) of a copy.",
    keeps="right where x is a vector",
)
def rows_moved_at_once(f, g, x):
    def differences(f, z, h=1e-5):
        numeric = torch.zeros_like(z)
        for i in range(len(z)):
            step = torch.zeros_like(z)
            step[i] = h
            numeric[i] = (f(z + step) - f(z - step)) / (2 * h)
        return numeric

    return judged(f, g, x, differences=differences)


@first_attempt("single_precision", "absolute_tolerance")
def as_x_comes_and_without_a_scale(f, g, x):
    claimed, numeric = g(x), central_differences(f, x)
    return claimed.shape == x.shape and bool((claimed - numeric).abs().max() <= 1e-4)
