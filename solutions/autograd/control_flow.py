"""Autograd records the path that was taken: loops and branches cost nothing, leaving torch costs the gradient."""

import torch

from grader import Exercise, alternative, arguments, case, domain, driver, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    book="sec_autograd",
    gradients=True,
    weights={"gradient": 1},
    parts={"a unchanged": "mutation"},
    equivalent={"b.mean() > 0": "the mean has the sign of the sum"},
)


@driver
def with_an_eye_on_endless_loops(control_flow, a, stacked_with_its_negative=False, in_dtype=None):
    """Stacked with its negative, a sums to exactly zero. Whole numbers are exact in any floating dtype."""
    from torch.overrides import TorchFunctionMode

    class Patience(TorchFunctionMode):
        steps = 0

        def __torch_function__(self, function, types, args=(), kwargs=None):
            self.steps += 1
            if self.steps > 500:
                raise TimeoutError("500 steps, and the loop has not ended")
            return function(*args, **(kwargs or {}))

    if stacked_with_its_negative:
        a = torch.stack([a, -a])
    if in_dtype:
        a = a.to(in_dtype)
    before, recorded = a.detach().clone(), a.requires_grad
    with Patience():
        d = control_flow(a)
    return {"d": d, "a unchanged": torch.equal(a, before) and a.requires_grad == recorded}


@reference
def control_flow(a):
    if not a.any():
        return a * 0
    b = a * 2
    while b.norm() < 1000:
        b = b * 2
    return b if b.sum() > 0 else 100 * b


@alternative
def sum_of_squares_outside_the_graph(a):
    if bool((a == 0).all()):
        return a * 0
    b = 2 * a
    while b.detach().square().sum() < 1e6:
        b = b + b
    return torch.where(b.sum() > 0, b, 100 * b)


@alternative
def recursive(a):
    if a.detach().abs().max() == 0:
        return torch.zeros_like(a) * a

    def doubled(b):
        return b if b.norm() >= 1000 else doubled(b + b)

    b = doubled(a + a)
    return b * (1 if b.sum() > 0 else 100)


@alternative
def one_factor(a):
    """d = k a: the loop is about k only."""
    if a.count_nonzero() == 0:
        return 0 * a
    k = 2
    while k * torch.linalg.vector_norm(a.detach()) < 1000:
        k *= 2
    return (k if a.sum() > 0 else 100 * k) * a


@case
def a_positive_sum(draw):
    return draw.uniform(3, low=22, high=25)


@case
def a_negative_sum(draw):
    return draw.tensor([-90, 40, -60, 20]) * draw.uniform(4, low=0.95, high=1.05)


@case
def a_norm_just_below_a_thousand(draw):
    """One doubling more, to almost 2000."""
    return draw.tensor([3, 4, 12]) / 13 * draw.uniform(low=499.6, high=499.9)


@case
def a_sum_between_zero_and_one(draw):
    """In the end it is 0.4, beside entries of more than 1000."""
    base = draw.uniform(low=9, high=10.8).item()
    return draw.tensor([base + 0.003, -base])


@case(weight=2)
def sixteen_entries_of_one_size(draw):
    """The norm reaches 1000 two doublings before the largest entry does, and two after the sum of magnitudes."""
    return draw.uniform(4, 4, low=17.6, high=20.8) * draw.tensor([[1, -1, 1, 1]])


@case
def a_transposed_matrix(draw):
    return (draw.tensor([[1, -1, 1], [-1, 1, 1]]) * draw.uniform(2, 3, low=22, high=25)).T


@case(aspect="edge")
def a_number(draw):
    return draw.uniform(low=0.1, high=0.4)


@case(aspect="edge", weight=0.4)
def already_large(draw):
    """The first doubling is unconditional."""
    return draw.uniform(3, low=1000, high=2000)


@case(aspect="edge", weight=0.4)
def a_norm_of_exactly_a_thousand(draw):
    """The first doubling leads to (600, 800) or (800, 600), by any way to compute a norm, and no further."""
    return arguments(torch.tensor([300, 400])[draw.permutation(2)], in_dtype=draw.dtype)


@case(aspect="edge", weight=1)
def nothing_but_zeros(draw):
    return draw.full(2, 2, value=0.0)


@case(aspect="edge")
def zeros_beside_a_number(draw):
    return draw.tensor([0, -30, 0]) * draw.uniform(low=1, high=2)


@case(aspect="edge")
def a_sum_of_exactly_zero(draw):
    return arguments(draw.uniform(low=0.55, high=0.65), stacked_with_its_negative=True)


@case(aspect="edge", dtypes=("bfloat16",), gradients=False)
def half_precision(draw):
    return draw.uniform(4, low=0.6, high=0.65)


def finish(b):
    return b if b.sum() > 0 else 100 * b


def doubled(b, small):
    while small(b):
        b = b * 2
    return b


@domain(
    dtypes=("float64", "float32", "bfloat16"),
    outside={
        "float16": "100 times 1000 is no number there",
        "huge, inf": "squares overflow",
        "tiny": "the loop turns 600 times",
    },
)
def any_tensor(draw):
    return draw.any(axes=(0, 4), least=1, without="inf huge tiny")


@misconception(
    "Twice zero is zero, so the loop never ends when all of a is zero.",
    "Look for that first: if not a.any(): return a * 0.",
    keeps="right wherever a is not zero",
)
def endless_for_zeros(a):
    return finish(doubled(a * 2, lambda b: b.norm() < 1000))


@misconception(
    "For zeros you return a constant that does not hang on a, so backward() raises an error there. The answer is to"
    " be 0 a, whose gradient is 0.",
    "Return a * 0 there: it is zero as well, and is made of a.",
    keeps="right but for the gradient at zero",
)
def constant_at_zero(a):
    if not a.any():
        return torch.zeros_like(a)
    return finish(doubled(a * 2, lambda b: b.norm() < 1000))


@misconception(
    "Zeros end the loop, but then they run through the branch like other tensors and are multiplied by 200. The "
    "value does not show it; the gradient is 200, and it is to be 0.",
    "Look for zeros first: if not a.any(): return a * 0.",
    keeps="right but for the gradient at zero",
)
def zeros_multiplied_as_well(a):
    return finish(doubled(a * 2, lambda b: 0 < b.norm() < 1000))


@misconception(
    "On the way through Python numbers the graph is lost, and with it the gradient.",
    "Stay with tensors: b = a * 2, without item(), tolist(), NumPy or torch.tensor(…).",
)
def through_python_numbers(a):
    if not a.any():
        return a * 0
    b = torch.tensor((a * 2).tolist(), dtype=a.dtype, device=a.device)
    return finish(doubled(b, lambda b: b.norm() < 1000))


@misconception(
    "The first doubling is unconditional: an a whose norm is 1000 or more is to be doubled, too, and you leave it "
    "as it is.",
    "Start with b = a * 2, before the loop.",
    keeps="right wherever the norm of a is below 1000",
)
def first_doubling_left_to_the_loop(a):
    if not a.any():
        return a * 0
    return finish(doubled(a, lambda b: b.norm() < 1000))


@misconception(
    "You compare the sum with 1000. Positive and negative entries cancel, and the loop may never end.",
    "Compare the norm: while b.norm() < 1000.",
)
def sum_in_the_condition(a):
    if not a.any():
        return a * 0
    return finish(doubled(a * 2, lambda b: b.sum().abs() < 1000))


@misconception(
    "You compare the sum of magnitudes with 1000, which is larger than the norm, so the loop may end too early.",
    "The norm is the square root of the sum of squares: while b.norm() < 1000.",
)
def sum_of_magnitudes_in_the_condition(a):
    if not a.any():
        return a * 0
    return finish(doubled(a * 2, lambda b: b.abs().sum() < 1000))


@misconception(
    "You compare the largest entry with 1000, which is smaller than the norm, so the loop may end too late.",
    "The norm is the square root of the sum of squares: while b.norm() < 1000.",
)
def largest_entry_in_the_condition(a):
    if not a.any():
        return a * 0
    return finish(doubled(a * 2, lambda b: b.abs().max() < 1000))


@misconception(
    "A sum of exactly zero is not positive, so the result is 100 b there, and you return b.",
    "Compare with >, not with >=.",
    keeps="right wherever the sum is not exactly zero",
)
def zero_taken_for_positive(a):
    if not a.any():
        return a * 0
    b = doubled(a * 2, lambda b: b.norm() < 1000)
    return b if b.sum() >= 0 else 100 * b


@misconception(
    "The two branches are exchanged: you return 100 b where the sum is positive.",
    "Return b where its sum is positive, and 100 b elsewhere.",
)
def branches_swapped(a):
    if not a.any():
        return a * 0
    b = doubled(a * 2, lambda b: b.norm() < 1000)
    return 100 * b if b.sum() > 0 else b


@misconception(
    "Where the sum is not positive your function returns None: a function that comes to its end without return does"
    " so.",
    "Write return in both branches, or assign d in both and return it behind them.",
    keeps="right where the sum is positive",
)
def second_return_missing(a):
    if not a.any():
        return a * 0
    b = doubled(a * 2, lambda b: b.norm() < 1000)
    return b if b.sum() > 0 else None


@misconception(
    "a *= 2 writes into a, which is the caller's tensor, and raises an error if a is a leaf that requires a gradient.",
    "Make a new tensor: b = a * 2, and b = b * 2 in the loop.",
    keeps="every returned number is right",
)
def doubled_in_place(a):
    if not a.any():
        return a * 0
    a *= 2
    while a.norm() < 1000:
        a *= 2
    return finish(a)


@first_attempt("endless_for_zeros", "first_doubling_left_to_the_loop")
def nothing_before_the_loop(a):
    return finish(doubled(a, lambda b: b.norm() < 1000))


@first_attempt("endless_for_zeros", "second_return_missing")
def the_loop_and_one_branch(a):
    b = doubled(a * 2, lambda b: b.norm() < 1000)
    return b if b.sum() > 0 else None
