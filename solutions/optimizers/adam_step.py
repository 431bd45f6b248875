"""Two averages that start from nothing, corrected for that in the step and not in the state."""

import math

import torch
from _shared import OPTIMISERS

from grader import (
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
    book="sec_adam",
    forbid=OPTIMISERS,
    forbid_reason="The step is the exercise: write the update yourself.",
    parts={"arguments unchanged": "mutation"},
)


@driver
def after_each_step(adam_step, w, m, v, gradients, t_, lr=None, b1=None, b2=None, eps=None):
    """A step for each of the gradients, each from where the last one has ended; the first one is step t_.

    Settings of None are not given.
    """
    settings = {name: x for name, x in (("lr", lr), ("b1", b1), ("b2", b2), ("eps", eps)) if x is not None}
    states, unchanged = {}, True
    for t, g in enumerate(gradients, t_):
        given = (w, m, v, g)
        before = [x.clone() for x in given]
        w, m, v = (new.clone() for new in adam_step(w, m, v, g, t, **settings))
        unchanged = unchanged and all(map(torch.equal, given, before)) and not any(x.requires_grad for x in given)
        states |= {f"w after step {t}": w.clone(), f"m after step {t}": m.clone(), f"v after step {t}": v.clone()}
    return states | {"arguments unchanged": unchanged}


@reference
def adam_step(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    return w - lr * (m / (1 - b1**t_)) / ((v / (1 - b2**t_)).sqrt() + eps), m, v


@alternative
def with_fused_operations(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m, v = torch.lerp(m, g, 1 - b1), v.mul(b2).addcmul(g, g, value=1 - b2)
    length = v.sqrt() / math.sqrt(1 - b2**t_) + eps
    return torch.addcdiv(w, m, length, value=-lr / (1 - b1**t_)), m, v


@alternative
def copies_moved_in_place(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    w, m, v = w.clone(), m.clone(), v.clone()
    m.mul_(b1).add_(g, alpha=1 - b1)
    v.mul_(b2).addcmul_(g, g, value=1 - b2)
    m_hat, v_hat = m.div(1 - math.pow(b1, t_)), v.div(1 - math.pow(b2, t_))
    w -= m_hat.mul(lr).div(v_hat.pow(0.5).add(eps))
    return w, m, v


@alternative
def moved_towards_the_gradient(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    new_m = m + (1 - b1) * (g - m)
    new_v = v + (1 - b2) * (g**2 - v)
    c1, c2 = 1.0, 1.0
    for _ in range(min(t_, 20_000)):
        c1, c2 = c1 * b1, c2 * b2
    return w - (lr / (1 - c1)) * new_m / (torch.sqrt(new_v / (1 - c2)) + eps), new_m, new_v


SINGLE = ("float32",)
"""Where gradients are far above eps, single precision does not tell where it stands."""


def some(draw, steps, *shape):
    """w, m, v, and a gradient for each step, none of them near zero."""
    gradients = [draw.uniform(*shape, low=0.5, high=2) * draw.normal(*shape).sign() for _ in range(steps)]
    m = draw.uniform(*shape, low=0.3, high=1) * draw.normal(*shape).sign()
    return draw.normal(*shape), m, draw.uniform(*shape, low=1, high=3), gradients


def from_nothing(draw, steps, *shape):
    w, m, v, gradients = some(draw, steps, *shape)
    return w, 0 * m, 0 * v, gradients, 1


@case(dtypes=SINGLE)
def the_first_step(draw):
    """As long as the rate for every parameter, whatever its gradient."""
    return arguments(*from_nothing(draw, 1, 5), lr=0.1)


@case(dtypes=SINGLE, weight=2)
def the_first_three_steps(draw):
    """Each starts from the state that the one before has left: uncorrected averages."""
    return arguments(*from_nothing(draw, 3, 2, 3), lr=0.2)


@case(dtypes=SINGLE)
def steps_ten_and_eleven(draw):
    return arguments(*some(draw, 2, 3, 3), 10, lr=0.05)


@case(dtypes=SINGLE)
def other_averages(draw):
    return arguments(*from_nothing(draw, 3, 4), lr=0.1, b1=0.6, b2=0.8)


@case(dtypes=SINGLE)
def a_late_step(draw):
    """Nothing is left to correct."""
    return arguments(*some(draw, 2, 4), 10_000, lr=0.3, b1=0.8, b2=0.99)


@case(dtypes=SINGLE)
def all_settings_left_out(draw):
    w, m, v, gradients = some(draw, 2, 3)
    return 0.01 * w, m, v, gradients, 2


@case(dtypes=SINGLE)
def a_matrix_that_lies_transposed(draw):
    w, m, v, gradients = some(draw, 2, 2, 4)
    return arguments(w.T, m.T, v.T, [g.T for g in gradients], 3, lr=0.2)


@case(dtypes=SINGLE, weight=2)
def without_memory(draw):
    """b1 = b2 = 0: every step is as long as the rate."""
    return arguments(*some(draw, 2, 3), 4, lr=0.1, b1=0.0, b2=0.0)


@case
def a_large_eps(draw):
    """Gradients are smaller than eps, so it shows where it stands."""
    w, m, v, gradients, t = from_nothing(draw, 2, 4)
    return arguments(w, m, v, [0.01 * g for g in gradients], t, lr=2.0, eps=0.1)


@case(dtypes=("float64",))
def eps_left_out(draw):
    """Double precision shows 1e-8 beside the root."""
    w, m, v, gradients, t = from_nothing(draw, 2, 4)
    return arguments(w, m, v, [0.01 * g for g in gradients], t, lr=2.0)


@case(aspect="edge", dtypes=SINGLE)
def gradients_that_have_been_zero_all_along(draw):
    """0 / (0 + eps) is 0."""
    w, m, v, gradients, t = from_nothing(draw, 2, 4)
    some_are_zero = draw.tensor([0.0, 1.0, 0.0, 1.0])
    return arguments(w, m, v, [g * some_are_zero for g in gradients], t, lr=0.1)


@case(aspect="edge", dtypes=SINGLE)
def a_rate_of_zero(draw):
    """The state goes on all the same."""
    return arguments(*some(draw, 2, 3), 2, lr=0.0)


@case(aspect="edge", dtypes=SINGLE)
def a_single_number(draw):
    return arguments(*some(draw, 2), 5, lr=0.25)


@domain(
    dtypes=("float64", "float32"),
    outside={
        "half precision": "1e-8 is zero there, and the stub has float32 and float64",
        "inf, huge, tiny": "squares overflow or vanish",
    },
)
def any_steps(draw):
    w, t = draw.any(axes=(0, 4), without="inf huge tiny"), draw.pick(1, 1, 2, 7, 100)
    m, v = draw.normal(*w.shape), draw.uniform(*w.shape, low=0.5, high=3)
    b1, b2 = (draw.pick(draw.left_out, 0, 0.0, 0.3, 0.5, 0.95, draw.number(0.5, 0.99)) for _ in range(2))
    if t == 1 or 0 in (b1, b2):
        m, v = 0 * m, 0 * v  # m + (1 - b1) (g - m) is honest, and loses a small g beside m
    gradients = [draw.like(w, without="inf huge tiny apart") for _ in range(draw.integer(1, 4))]
    if 0 in (b1, b2):
        gradients = gradients[:1]
    lr, eps = draw.pick(draw.left_out, 0, 0.0, 1, draw.number(0, 1)), draw.pick(draw.left_out, 1e-6, 0.01)
    return arguments(w, m, v, gradients, t, lr=lr, b1=b1, b2=b2, eps=eps)


@batch
def more_parameters(draw, n):
    return arguments(*some(draw, 2, n), 2, lr=0.1)


def averages(m, v, g, b1, b2):
    return b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g


@misconception(
    "Nothing is corrected: both averages start at zero and are too small at first, the second one by far the most.",
    "Divide them in the step: m / (1 - b1**t_) and v / (1 - b2**t_).",
)
def without_correction(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m, v = averages(m, v, g, b1, b2)
    return w - lr * m / (v.sqrt() + eps), m, v


@misconception(
    "The correction is the same in every step. It has to fade as the averages fill up.",
    "Take b1 and b2 to the power of t_.",
)
def correction_of_the_first_step(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m, v = averages(m, v, g, b1, b2)
    return w - lr * (m / (1 - b1)) / ((v / (1 - b2)).sqrt() + eps), m, v


@misconception(
    "The corrected averages come back as the state. They serve for this step only; kept, they are corrected again and"
    " again.",
    "Give the corrected ones names of their own, and return m and v.",
)
def corrected_averages_kept(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m, v = averages(m, v, g, b1, b2)
    m, v = m / (1 - b1**t_), v / (1 - b2**t_)
    return w - lr * m / (v.sqrt() + eps), m, v


@misconception(
    "Steps are counted from 0 in your correction. Here the first step is number 1.",
    "1 - b1**t_, without adding one.",
)
def counted_from_zero(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m, v = averages(m, v, g, b1, b2)
    return w - lr * (m / (1 - b1 ** (t_ + 1))) / ((v / (1 - b2 ** (t_ + 1))).sqrt() + eps), m, v


@misconception(
    "eps is added under the root. It stands outside, where it weighs less: under the root 1e-8 becomes 1e-4.",
    "v_hat.sqrt() + eps",
    keeps="right wherever gradients are far above eps",
)
def eps_inside_the_root(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m, v = averages(m, v, g, b1, b2)
    return w - lr * (m / (1 - b1**t_)) / (v / (1 - b2**t_) + eps).sqrt(), m, v


@misconception(
    "The corrections are drawn together into the learning rate, as is often done, but then eps is added to the root "
    "of the uncorrected average, and weighs more in early steps.",
    "Correct v first: (v / (1 - b2**t_)).sqrt() + eps.",
    keeps="right wherever gradients are far above eps",
)
def eps_beside_the_uncorrected_root(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m, v = averages(m, v, g, b1, b2)
    return w - lr * math.sqrt(1 - b2**t_) / (1 - b1**t_) * m / (v.sqrt() + eps), m, v


@misconception(
    "A gradient that has been zero all along gives 0/0, which is NaN.",
    "Add eps to the root: v_hat.sqrt() + eps.",
    keeps="right wherever gradients are not zero, up to eps",
)
def without_eps(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m, v = averages(m, v, g, b1, b2)
    return w - lr * (m / (1 - b1**t_)) / (v / (1 - b2**t_)).sqrt(), m, v


@misconception(
    "The square root is missing: the step is divided by an average of squares.",
    "Take the root of the corrected v before you divide.",
)
def root_missing(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m, v = averages(m, v, g, b1, b2)
    return w - lr * (m / (1 - b1**t_)) / (v / (1 - b2**t_) + eps), m, v


@misconception(
    "The step follows the present gradient. Adam follows the average m, and is momentum as well.",
    "lr * m_hat / (v_hat.sqrt() + eps)",
)
def gradient_for_the_average(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m, v = averages(m, v, g, b1, b2)
    return w - lr * g / ((v / (1 - b2**t_)).sqrt() + eps), m, v


@misconception(
    "The second average is made of gradients, not of their squares.",
    "b2 * v + (1 - b2) * g * g",
)
def gradients_not_squared(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g
    return w - lr * (m / (1 - b1**t_)) / ((v / (1 - b2**t_)).abs().sqrt() + eps), m, v


@misconception(
    "The square of the average is taken for the average of the squares.",
    "Square the gradient: b2 * v + (1 - b2) * g * g.",
)
def average_squared(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * m * m
    return w - lr * (m / (1 - b1**t_)) / ((v / (1 - b2**t_)).sqrt() + eps), m, v


@misconception(
    "b1 and b2 are exchanged: the first belongs to the average of gradients, the second to that of squares.",
    "m = b1 * m + (1 - b1) * g, v = b2 * v + (1 - b2) * g * g",
)
def averages_exchanged(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    return adam_step(w, m, v, g, t_, lr, b2, b1, eps)


@misconception(
    "The new gradient counts in full: the factors (1 - b1) and (1 - b2) are missing.",
    "m = b1 * m + (1 - b1) * g, v = b2 * v + (1 - b2) * g * g",
)
def sums_for_averages(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m, v = b1 * m + g, b2 * v + g * g
    return w - lr * (m / (1 - b1**t_)) / ((v / (1 - b2**t_)).sqrt() + eps), m, v


@misconception(
    "You walk uphill: the gradient points to where the loss grows.",
    "w - lr * m_hat / (v_hat.sqrt() + eps)",
)
def uphill(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    return adam_step(w, m, v, g, t_, -lr, b1, b2, eps)


@misconception(
    "The old averages come back as the state, so the next step starts from the wrong one.",
    "Return the new m and v.",
)
def old_state_returned(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    return adam_step(w, m, v, g, t_, lr, b1, b2, eps)[0], m, v


@misconception(
    "You change the caller's averages in place, and whoever holds them finds other numbers.",
    "Make new tensors: m = b1 * m + (1 - b1) * g.",
    keeps="every number is right",
)
def in_place(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m *= b1
    m += (1 - b1) * g
    v *= b2
    v += (1 - b2) * g * g
    return w - lr * (m / (1 - b1**t_)) / ((v / (1 - b2**t_)).sqrt() + eps), m, v


@first_attempt("without_correction", "eps_inside_the_root")
def momentum_and_rmsprop(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m, v = averages(m, v, g, b1, b2)
    return w - lr * m / (v + eps).sqrt(), m, v


@first_attempt("corrected_averages_kept", "correction_of_the_first_step")
def corrected_in_place_by_a_constant(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m, v = averages(m, v, g, b1, b2)
    m, v = m / (1 - b1), v / (1 - b2)
    return w - lr * m / (v.sqrt() + eps), m, v


@first_attempt("sums_for_averages", "without_correction")
def two_fading_sums(w, m, v, g, t_, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m, v = b1 * m + g, b2 * v + g * g
    return w - lr * m / (v.sqrt() + eps), m, v
