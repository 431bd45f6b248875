"""Each parameter divides its rate by the length of all gradients it has had; eps stands outside the root."""

import torch
from _shared import FAR_ABOVE, OPTIMISERS, squares_and_gradients

from grader import (
    EPSILONS,
    Exercise,
    alternative,
    arguments,
    batch,
    case,
    domain,
    driver,
    first_attempt,
    misconception,
    reference,
)

exercise = Exercise(
    points=2,
    book="sec_adagrad",
    forbid=OPTIMISERS,
    forbid_reason="The step is the exercise: write the update yourself.",
    parts={"arguments unchanged": "mutation"},
)


@driver
def after_each_step(adagrad_step, w, s, gradients, lr, eps=None):
    """A step for each of the gradients, each from where the last one has ended. Without eps none is given."""
    settings = {} if eps is None else {"eps": eps}
    states, unchanged = {}, True

    def same(x, y):
        """Also where a step has made numbers that are none."""
        return torch.equal(x.nan_to_num(), y.nan_to_num())

    for number, g in enumerate(gradients, 1):
        given = (w, s, g)
        before = [x.clone() for x in given]
        w, s = (new.clone() for new in adagrad_step(w, s, g, lr, **settings))
        unchanged = unchanged and all(map(same, given, before)) and not any(x.requires_grad for x in given)
        states |= {f"w after step {number}": w.clone(), f"s after step {number}": s.clone()}
    return states | {"arguments unchanged": unchanged}


@reference
def adagrad_step(w, s, g, lr, eps=1e-8):
    total = s + g * g
    return w - lr * g / (total.sqrt() + eps), total


@alternative
def with_fused_operations(w, s, g, lr, eps=1e-8):
    total = torch.addcmul(s, g, g)
    return torch.addcdiv(w, g, total.sqrt().add(eps), value=-lr), total


@alternative
def copies_moved_in_place(w, s, g, lr, eps=1e-8):
    total = s.clone()
    total += g**2
    new = w.clone()
    new -= (lr / (total**0.5 + eps)) * g
    return new, total


@alternative
def by_the_length_of_two(w, s, g, lr, eps=1e-8):
    length = torch.hypot(s.sqrt(), g)
    return w - lr * (g / (length + eps)), s + torch.pow(g, 2)


SINGLE = ("float32",)
"""Where gradients are far above eps, single precision does not tell where it stands."""


@case(dtypes=SINGLE)
def one_step(draw):
    return *squares_and_gradients(draw, 1, 5), 0.1


@case(dtypes=SINGLE, weight=2)
def three_steps(draw):
    """Each starts from the state that the one before has left."""
    return *squares_and_gradients(draw, 3, 2, 3), 0.3


@case(dtypes=SINGLE)
def the_first_steps(draw):
    """From nothing the first step is as long as the rate, whatever the gradient; later ones are shorter."""
    w, s, gradients = squares_and_gradients(draw, 3, 3, 3)
    return w, 0 * s, [FAR_ABOVE * g for g in gradients], 0.2


@case(dtypes=SINGLE)
def one_gradient_again_and_again(draw):
    w, s, (g,) = squares_and_gradients(draw, 1, 4)
    return w, 0 * s, [FAR_ABOVE * g] * 4, 0.5


@case(dtypes=SINGLE)
def parameters_of_different_steepness(draw):
    """One is a thousand times as steep as the other, and both move alike."""
    w, s, gradients = squares_and_gradients(draw, 2, 3)
    scale = FAR_ABOVE * draw.tensor([1000.0, 1.0, 30.0])
    return w, 0 * s, [g * scale for g in gradients], 0.1


@case(dtypes=SINGLE)
def a_matrix_that_lies_transposed(draw):
    w, s, gradients = squares_and_gradients(draw, 2, 2, 4)
    return w.T, FAR_ABOVE**2 * s.T, [FAR_ABOVE * g.T for g in gradients], 0.4


@case(weight=2)
def a_large_eps(draw):
    """Gradients are smaller than eps, so it shows where it stands."""
    w, s, gradients = squares_and_gradients(draw, 2, 4)
    return arguments(w, 0 * s, [0.01 * g for g in gradients], 2.0, eps=0.1)


@case(dtypes=("float64",))
def eps_left_out(draw):
    """Double precision shows 1e-8 beside the root."""
    w, s, gradients = squares_and_gradients(draw, 2, 4)
    return w, 1e-4 * s, [0.01 * g for g in gradients], 2.0


@case(aspect="edge", weight=2)
def gradients_that_have_been_zero_all_along(draw):
    """0 / (0 + eps) is 0."""
    w, _, gradients = squares_and_gradients(draw, 2, 4)
    some_are_zero = draw.tensor([0.0, 1.0, 0.0, 1.0])
    return w, draw.full(4, value=0.0), [g * some_are_zero for g in gradients], 0.1


@case(aspect="edge", dtypes=SINGLE)
def a_rate_of_zero(draw):
    """The state goes on all the same."""
    return *squares_and_gradients(draw, 2, 3), 0.0


@case(aspect="edge", dtypes=SINGLE)
def a_single_number(draw):
    return *squares_and_gradients(draw, 2), 0.25


@domain(
    dtypes=("float64", "float32"),
    outside={
        "half precision": "1e-8 is zero there, and the stub has float32 and float64",
        "inf, huge, tiny": "squares overflow or vanish",
    },
)
def any_steps(draw):
    w = draw.any(axes=(0, 4), without="inf huge tiny")
    s = draw.like(w, without="inf huge tiny").abs()
    gradients = [draw.like(w, without="inf huge tiny") for _ in range(draw.integer(1, 4))]
    return arguments(
        w,
        s,
        gradients,
        draw.pick(0, 0.0, 1, draw.number(0, 1)),
        eps=draw.pick(draw.left_out, draw.left_out, 1e-6, 0.01),
    )


@batch
def more_parameters(draw, n):
    return *squares_and_gradients(draw, 2, n), 0.1


@misconception(
    "The square root is missing: the step is divided by a sum of squares, so that large gradients make small steps.",
    "lr * g / (s.sqrt() + eps)",
)
def root_missing(w, s, g, lr, eps=1e-8):
    u = s + g * g
    return w - lr * g / (u + eps), u


@misconception(
    "The step is divided by the old sum, which does not know of the present gradient. From nothing that is a huge "
    "step.",
    "Add g squared to s first, and use the new sum.",
)
def old_sum(w, s, g, lr, eps=1e-8):
    return w - lr * g / (s.sqrt() + eps), s + g * g


@misconception(
    "A gradient that has been zero all along gives 0/0, which is NaN.",
    "Add eps to the root: s.sqrt() + eps.",
    keeps="right wherever gradients are not zero, up to eps",
)
def without_eps(w, s, g, lr, eps=1e-8):
    u = s + g * g
    return w - lr * g / u.sqrt(), u


@misconception(
    "eps is added under the root, as in the book. Here it stands outside, where it weighs less: under the root 1e-8 "
    "becomes 1e-4.",
    "s.sqrt() + eps",
    keeps="right wherever gradients are far above eps",
)
def eps_inside_the_root(w, s, g, lr, eps=1e-8):
    u = s + g * g
    return w - lr * g / (u + eps).sqrt(), u


@misconception(
    "eps is a constant of your own; the argument is ignored.",
    "Use eps as it is given.",
    keeps="right wherever gradients are far above eps",
    also=EPSILONS,
)
def an_eps_of_its_own(w, s, g, lr, eps=1e-8, *, own=1e-6):
    u = s + g * g
    return w - lr * g / (u.sqrt() + own), u


@misconception(
    "Gradients are added without their squares, so those of both signs cancel in the sum.",
    "s = s + g ** 2",
)
def gradients_not_squared(w, s, g, lr, eps=1e-8):
    u = s + g
    return w - lr * g / (u.abs().sqrt() + eps), u


@misconception(
    "The sum of squares is taken over all parameters together. Each has its own, entry by entry.",
    "s = s + g * g, without a sum or a norm.",
)
def one_sum_for_all(w, s, g, lr, eps=1e-8):
    u = s + g.square().sum()
    return w - lr * g / (u.sqrt() + eps), u


@misconception(
    "That is RMSProp, which forgets: the old sum fades. AdaGrad adds up everything.",
    "s = s + g * g",
)
def forgetting(w, s, g, lr, eps=1e-8):
    u = 0.9 * s + 0.1 * g * g
    return w - lr * g / (u.sqrt() + eps), u


@misconception(
    "The state does not add up: only the present gradient is kept.",
    "s = s + g * g",
)
def sum_forgotten(w, s, g, lr, eps=1e-8):
    return w - lr * g / ((g * g).sqrt() + eps), g * g


@misconception(
    "You walk uphill: the gradient points to where the loss grows.",
    "w - lr * g / (s.sqrt() + eps)",
)
def uphill(w, s, g, lr, eps=1e-8):
    u = s + g * g
    return w + lr * g / (u.sqrt() + eps), u


@misconception(
    "The root comes back as the state. Squares are what adds up, so the next step starts from the wrong state.",
    "Return s itself, the sum of the squares.",
)
def root_for_a_state(w, s, g, lr, eps=1e-8):
    u = s + g * g
    return w - lr * g / (u.sqrt() + eps), u.sqrt()


@misconception(
    "The old sum comes back as the state, so the next step starts from the wrong one.",
    "Return the new s.",
)
def old_state_returned(w, s, g, lr, eps=1e-8):
    return adagrad_step(w, s, g, lr, eps)[0], s


@misconception(
    "The order is wrong: first the parameters, then the state.",
    "return w, s",
)
def order_reversed(w, s, g, lr, eps=1e-8):
    return adagrad_step(w, s, g, lr, eps)[::-1]


@misconception(
    "You change the caller's state in place: s += g * g writes into it.",
    "Make a new tensor: s = s + g * g.",
    keeps="every number is right",
)
def in_place(w, s, g, lr, eps=1e-8):
    s += g * g
    return w - lr * g / (s.sqrt() + eps), s


@first_attempt("gradients_not_squared", "old_sum")
def sum_of_gradients(w, s, g, lr, eps=1e-8):
    return w - lr * g / (s.abs().sqrt() + eps), s + g


@first_attempt("without_eps", "root_for_a_state")
def state_as_a_length(w, s, g, lr, eps=1e-8):
    length = (s + g * g).sqrt()
    return w - lr * g / length, length
