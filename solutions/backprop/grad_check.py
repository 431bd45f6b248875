"""A test of tests: it must accept what is right at any scale, and refuse what is wrong in a single entry."""

from itertools import product

import torch

from grader import Exercise, alternative, case, driver, misconception, reference

exercise = Exercise(points=3, dtypes=("float32",), parts={"x_unchanged": "mutation"}, weights={"stability": 3})

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
def verdicts(grad_check, function, claims, x):
    """The verdict on each claimed gradient of a function, and whether x is what it was. f hides from autograd."""
    f, right = {
        "sum": (lambda z: z.sum(), lambda z: torch.ones_like(z)),
        "sum of squares": (lambda z: (z**2).sum(), lambda z: 2 * z),
        "mean of squares": (lambda z: (z**2).mean(), lambda z: 2 * z / z.numel()),
        "sum of exponentials": (lambda z: z.exp().sum(), lambda z: z.exp()),
        "steep exponentials": (lambda z: (100 * z).exp().sum(), lambda z: 100 * (100 * z).exp()),
        "1e10 times a sum of sines": (lambda z: 1e10 * z.sin().sum(), lambda z: 1e10 * z.cos()),
        "1e-12 times a sum of cubes": (lambda z: 1e-12 * (z**3).sum(), lambda z: 3e-12 * z**2),
        "1e4 plus a sum of squares": (lambda z: 1e4 + (z**2).sum(), lambda z: 2 * z),
        "a constant": (lambda z: 0 * z.sum() + 5, lambda z: 0 * z),
    }[function]

    def off(z, *errors):
        gradient = right(z)
        return gradient + gradient.norm() * torch.tensor(errors, dtype=z.dtype, device=z.device).reshape(z.shape)

    claimed = {
        "right": right,
        "half": lambda z: right(z) / 2,
        "twice": lambda z: 2 * right(z),
        "negative": lambda z: -right(z),
        "0.015 % too large": lambda z: 1.00015 * right(z),
        "0.03 % too large": lambda z: 1.0003 * right(z),
        "0.3 % too large": lambda z: 1.003 * right(z),
        "n times too large": lambda z: z.numel() * right(z),
        "plus one": lambda z: right(z) + 1,
        "transposed": lambda z: right(z).T,
        "last entry wrong": lambda z: off(z, *[0.0] * (z.numel() - 1), 0.01),
        "errors of both signs": lambda z: off(z, 2.0, -2.0, *[0.0] * (z.numel() - 2)),
        "one number for all": lambda z: right(z).mean(),
        "nan": lambda z: right(z) * torch.nan,
    }
    before = x.clone()
    said = {claim: grad_check(lambda z: f(z.detach()), claimed[claim], x) for claim in claims}
    return {"accepted": said, "x_unchanged": torch.equal(x, before)}


def somewhere(draw, *shape):
    return draw.uniform(*shape, low=0.5, high=1.5)


@case(dtypes=BOTH)
def squares(draw):
    return "sum of squares", ["right", "half", "negative", "errors of both signs"], somewhere(draw, 3)


@case
def a_mean(draw):
    return "mean of squares", ["n times too large", "right", "errors of both signs"], somewhere(draw, 3)


@case
def a_square_matrix(draw):
    return "sum of exponentials", ["right", "transposed"], draw.tensor([[0, 1], [-1, 0]]) + 0.2 * draw.normal(2, 2)


@case(dtypes=BOTH)
def three_axes(draw):
    return "sum of squares", ["last entry wrong", "right", "negative"], somewhere(draw, 2, 1, 2)


@case(aspect="edge", dtypes=BOTH)
def a_transposed_matrix(draw):
    return "sum of squares", ["right", "transposed", "half"], somewhere(draw, 3, 2).T


@case(aspect="stability", dtypes=BOTH)
def a_huge_gradient(draw):
    return "1e10 times a sum of sines", ["0.3 % too large", "right", "errors of both signs"], draw.uniform(3)


@case(aspect="stability")
def a_tiny_gradient(draw):
    return "1e-12 times a sum of cubes", ["right", "half", "negative"], somewhere(draw, 3)


@case(aspect="stability")
def a_small_change_of_something_large(draw):
    """Four digits of the difference are lost before it begins."""
    return "1e4 plus a sum of squares", ["right", "0.3 % too large"], somewhere(draw, 3)


@case(aspect="stability", dtypes=("float64",))
def a_steep_function(draw):
    return "steep exponentials", ["right", "0.3 % too large"], draw.uniform(2, low=-0.02, high=0)


@case(aspect="edge", dtypes=("float64",))
def inside_and_outside_the_tolerance(draw):
    """The error of 0.015 % is shared by two norms."""
    return "sum of squares", ["0.015 % too large", "0.03 % too large"], draw.uniform(2, low=0.75, high=1.25)


@case(aspect="edge")
def a_gradient_of_zero(draw):
    return "a constant", ["plus one", "right"], draw.normal(2)


@case(aspect="edge")
def claims_that_are_no_gradients(draw):
    """The number would broadcast to the right ones."""
    return "sum", ["right", "one number for all", "nan"], somewhere(draw, 2)


@case(aspect="edge", dtypes=("float64",))
def a_single_number(draw):
    return "sum of squares", ["twice", "right"], draw.uniform(low=1.1, high=1.9)


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


@misconception(
    "The step is so small that x + h is x, or that rounding error is all that is left of the difference. "
    "Use h near 1e-5, in float64."
)
def step_too_small(f, g, x):
    return judged(f, g, x, differences=lambda f, z: central_differences(f, z, 1e-20))


@misconception(
    "In float32 a step of 1e-5 changes only the last digits of f, and their difference is mostly noise. "
    "Convert x with double() first."
)
def single_precision(f, g, x):
    claimed, numeric = g(x), central_differences(f, x)
    return claimed.shape == x.shape and bool(distance(claimed, numeric) <= 1e-4)


@misconception("From x - h to x + h it is 2 h. Divide by 2 h.")
def divided_by_h(f, g, x):
    return judged(f, g, x, differences=lambda f, z: 2 * central_differences(f, z))


@misconception(
    "(f(x + h) - f(x)) / h is off by h/2 times the second derivative: too much for a steep function. "
    "Step to both sides, and divide by 2 h.",
    keeps="right as long as f is not steep",
)
def one_sided(f, g, x):
    def forward_differences(f, z, h=1e-5):
        directions = torch.eye(z.numel(), dtype=z.dtype, device=z.device).reshape(z.numel(), *z.shape)
        return torch.stack([f(z + h * e) - f(z) for e in directions]).reshape(z.shape) / h

    return judged(f, g, x, differences=forward_differences)


@misconception("All entries of x move at once, so you see one direction only. Move one entry at a time.")
def all_entries_at_once(f, g, x):
    z, h = x.double(), 1e-5
    numeric, claimed = (f(z + h) - f(z - h)) / (2 * h), g(z).sum()
    return bool(distance(claimed, numeric) <= 1e-4)


@misconception("Errors of opposite sign cancel in a sum. Measure the difference with a norm.")
def errors_summed(f, g, x):
    return judged(f, g, x, agree=lambda a, n: (a - n).sum().abs() <= 1e-4 * (a.norm() + n.norm()))


@misconception(
    "Without abs every error below zero counts as small. Measure the difference with a norm.",
)
def signed_maximum(f, g, x):
    return judged(f, g, x, agree=lambda a, n: (a - n).max() <= 1e-4 * (a.norm() + n.norm()))


@misconception(
    "Two gradients of the same length may point in different directions. "
    "Take the norm of the difference, not the difference of the norms."
)
def lengths_compared(f, g, x):
    return judged(f, g, x, agree=lambda a, n: (a.norm() - n.norm()).abs() <= 1e-4 * (a.norm() + n.norm()))


@misconception("Parallel is not equal: a gradient that is twice too long passes. Compare the vectors, not their angle.")
def directions_compared(f, g, x):
    def unit(v):
        return v / v.norm().clamp(min=1e-300)

    return judged(f, g, x, agree=lambda a, n: distance(unit(a), unit(n)) <= 1e-4)


@misconception("One entry that agrees is not enough: any should be all, or better, a norm over all entries.")
def one_entry_is_enough(f, g, x):
    return judged(f, g, x, agree=lambda a, n: ((a - n).abs() <= 1e-4 * (a.abs() + n.abs())).any())


@misconception(
    "An absolute tolerance accepts any tiny gradient and refuses every huge one. Divide the error by the norms."
)
def absolute_tolerance(f, g, x):
    return judged(f, g, x, agree=lambda a, n: (a - n).abs().max() <= 1e-4)


@misconception(
    "An error of one per cent passes, but central differences are good to eight digits. Use a tolerance of 1e-4.",
)
def tolerance_too_wide(f, g, x):
    return judged(f, g, x, agree=lambda a, n: distance(a, n) <= 1e-2)


@misconception(
    "Where both gradients are zero you divide 0 by 0, and nan <= 1e-4 is False. "
    "Multiply the tolerance by the norms instead of dividing by them.",
    keeps="right but for a gradient of zero",
)
def zero_over_zero(f, g, x):
    return judged(f, g, x, agree=lambda a, n: (a - n).norm() / (a.norm() + n.norm()) <= 1e-4)


@misconception(
    "nan > 1e-4 is False, so a gradient of nan passes for right. Ask whether the error is small, not if it is large.",
    keeps="right but for nan",
)
def nan_accepted(f, g, x):
    return judged(f, g, x, agree=lambda a, n: not (a - n).norm() > 1e-4 * (a.norm() + n.norm()))


@misconception(
    "A claim of another shape may broadcast to the right numbers, or end in an exception. "
    "Compare the shapes first, and return False if they differ.",
    keeps="right for claims of the right shape",
)
def shape_not_compared(f, g, x):
    z = x.double()
    claimed, numeric = g(z), central_differences(f, z)
    return bool(distance(claimed, numeric) <= 1e-4)


@misconception(
    "reshape(-1) copies a tensor that is not contiguous, so what you move is not what f gets. "
    "Add a step to the whole tensor: f(z + step).",
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
    "double() returns x itself if x is float64 already, and += h, -= 2 h, += h does not lead back to the last digit. "
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
