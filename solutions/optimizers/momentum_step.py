"""Three scalings of one idea are in use; in this one the velocity is the step, with the rate and the sign in it."""

import torch
from _shared import OPTIMISERS

from grader import Exercise, alternative, batch, case, domain, driver, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_momentum",
    forbid=OPTIMISERS,
    forbid_reason="The step is the exercise: write the update yourself.",
    parts={"arguments unchanged": "mutation"},
)


@driver
def after_each_step(momentum_step, w, v, gradients, lr, beta):
    """A step for each of the gradients, each from where the last one has ended."""
    states, unchanged = {}, True
    for number, g in enumerate(gradients, 1):
        given = (w, v, g)
        before = [x.clone() for x in given]
        w, v = (new.clone() for new in momentum_step(w, v, g, lr, beta))
        unchanged = unchanged and all(map(torch.equal, given, before)) and not any(x.requires_grad for x in given)
        states |= {f"w after step {number}": w.clone(), f"v after step {number}": v.clone()}
    return states | {"arguments unchanged": unchanged}


@reference
def momentum_step(w, v, g, lr, beta):
    step = beta * v - lr * g
    return w + step, step


@alternative
def added_with_a_factor(w, v, g, lr, beta):
    step = torch.add(beta * v, g, alpha=-lr)
    return w.add(step), step


@alternative
def copies_moved_in_place(w, v, g, lr, beta):
    v = v.clone().mul_(beta).sub_(g.mul(lr))
    return w.clone().add_(v), v


@alternative
def as_a_product_of_matrices(w, v, g, lr, beta):
    """(w, v, g) times a matrix, for all entries at once."""
    M = torch.tensor([[1, 0], [beta, beta], [-lr, -lr]], dtype=w.dtype, device=w.device)
    new = torch.einsum("k...,kj->j...", torch.stack([w, v, g]), M)
    return new[0], new[1]


def some(draw, steps, *shape):
    """w, v, and a gradient for each step."""
    return draw.normal(*shape), draw.normal(*shape), [draw.normal(*shape) for _ in range(steps)]


@case
def one_step(draw):
    return *some(draw, 1, 4), 0.1, 0.9


@case
def three_steps(draw):
    """Each starts from the state that the one before has left."""
    return *some(draw, 3, 2, 3), 0.3, 0.8


@case
def steps_from_rest(draw):
    w, v, gradients = some(draw, 2, 3, 3)
    return w, 0 * v, gradients, 0.2, 0.7


@case
def a_constant_force(draw):
    """The velocity grows from step to step."""
    w, v, (g,) = some(draw, 1, 3)
    return w, 0 * v, [g] * 4, 0.05, 0.9


@case
def a_matrix_that_lies_transposed(draw):
    w, v, gradients = some(draw, 2, 2, 4)
    return w.T, v.T, [g.T for g in gradients], 0.4, 0.6


@case(aspect="edge")
def without_momentum(draw):
    """beta = 0 is plain gradient descent."""
    return *some(draw, 2, 3), 0.1, 0.0


@case(aspect="edge")
def a_rate_of_zero(draw):
    """The velocity alone moves on."""
    return *some(draw, 2, 3), 0.0, 0.5


@case(aspect="edge")
def a_single_number(draw):
    return *some(draw, 2), 0.25, 0.9


@case(aspect="edge", dtypes=("bfloat16", "float16"))
def half_precision(draw):
    return *some(draw, 1, 5), 0.25, 0.5


@domain(outside={"inf, huge, tiny": "products overflow, vanish or are no numbers"})
def any_steps(draw):
    w = draw.any(axes=(0, 4), without="inf huge tiny")
    v = draw.like(w, without="inf huge tiny")
    gradients = [draw.like(w, without="inf huge tiny") for _ in range(draw.integer(1, 4))]
    return w, v, gradients, draw.pick(0, 0.0, 1, draw.number(0, 1)), draw.number(0, 1)


@batch
def more_parameters(draw, n):
    return *some(draw, 2, n), 0.1, 0.9


@misconception(
    "That is the scaling of the book and of torch.optim, whose velocity is a sum of gradients. Here the velocity is a"
    " step: the learning rate and the minus are in it.",
    "v = beta * v - lr * g, and then w + v.",
)
def velocity_of_gradients(w, v, g, lr, beta):
    u = beta * v + g
    return w - lr * u, u


@misconception(
    "The gradient is scaled by (1 - beta) as well, as in a running average. In this form it counts in full.",
    "v = beta * v - lr * g",
)
def running_average(w, v, g, lr, beta):
    u = beta * v - lr * (1 - beta) * g
    return w + u, u


@misconception(
    "The parameters move by the old velocity, so the gradient is felt only one step later.",
    "Update v first, and add the new one to w.",
)
def old_velocity(w, v, g, lr, beta):
    return w + v, beta * v - lr * g


@misconception(
    "The velocity has no minus, so you walk uphill.",
    "v = beta * v - lr * g",
)
def uphill(w, v, g, lr, beta):
    u = beta * v + lr * g
    return w + u, u


@misconception(
    "The velocity is subtracted. The minus belongs into the velocity itself, which is then added.",
    "Add it: w + v.",
)
def velocity_subtracted(w, v, g, lr, beta):
    u = beta * v - lr * g
    return w - u, u


@misconception(
    "Your v points uphill, and w goes the other way, so the state has the wrong sign. In this form the minus "
    "belongs into v.",
    "v = beta * v - lr * g, and w + v.",
)
def minus_outside(w, v, g, lr, beta):
    u = beta * v + lr * g
    return w - u, u


@misconception(
    "The velocity is not kept: each step follows its own gradient, as without momentum.",
    "Add beta * v, the velocity of the step before.",
)
def momentum_forgotten(w, v, g, lr, beta):
    return w - lr * g, -lr * g


@misconception(
    "The old velocity counts in full, whatever beta is.",
    "Multiply it: beta * v.",
)
def beta_forgotten(w, v, g, lr, beta):
    u = v - lr * g
    return w + u, u


@misconception(
    "beta also scales the gradient. Only the old velocity fades.",
    "beta * v - lr * g, and not beta * (v - lr * g).",
)
def gradient_scaled_as_well(w, v, g, lr, beta):
    u = beta * (v - lr * g)
    return w + u, u


@misconception(
    "The gradient is not multiplied by the learning rate.",
    "v = beta * v - lr * g",
)
def rate_forgotten(w, v, g, lr, beta):
    u = beta * v - g
    return w + u, u


@misconception(
    "The learning rate is applied twice: it is in the velocity, and again in the step.",
    "Add the velocity as it is: w + v.",
)
def rate_applied_twice(w, v, g, lr, beta):
    u = beta * v - lr * g
    return w + lr * u, u


@misconception(
    "The old velocity comes back as the state, so the next step starts from the wrong one.",
    "Return the new v.",
)
def old_state_returned(w, v, g, lr, beta):
    return w + beta * v - lr * g, v


@misconception(
    "The order is wrong: first the parameters, then the velocity.",
    "return w, v",
)
def order_reversed(w, v, g, lr, beta):
    return momentum_step(w, v, g, lr, beta)[::-1]


@misconception(
    "The new parameters come back without the velocity, which the next step needs.",
    "return w, v",
)
def parameters_alone(w, v, g, lr, beta):
    return momentum_step(w, v, g, lr, beta)[0]


@misconception(
    "You change the caller's tensors in place: v *= beta, for instance, writes into the state that came in.",
    "Make new ones: v = beta * v - lr * g.",
    keeps="every number is right",
)
def in_place(w, v, g, lr, beta):
    v *= beta
    v -= lr * g
    return w + v, v


@misconception(
    "Python goes from entry to entry, so the work grows with the number of parameters.",
    "Compute with whole tensors: beta * v - lr * g.",
    keeps="every number is right",
)
def entry_by_entry(w, v, g, lr, beta):
    step = [beta * a - lr * b for a, b in zip(v.flatten(), g.flatten(), strict=True)]
    u = torch.stack(step).reshape(w.shape) if step else v.clone()
    return w + u, u


@first_attempt("running_average", "velocity_of_gradients")
def average_of_gradients(w, v, g, lr, beta):
    u = beta * v + (1 - beta) * g
    return w - lr * u, u


@first_attempt("old_velocity", "velocity_of_gradients")
def moved_before_the_update(w, v, g, lr, beta):
    return w - lr * v, beta * v + g
