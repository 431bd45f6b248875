"""Nesterov asks for the gradient where the velocity is about to lead, and steps from where it stands."""

import torch
from _shared import OPTIMISERS

from grader import Exercise, alternative, batch, case, domain, driver, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    book="sec_momentum",
    forbid=OPTIMISERS,
    forbid_reason="The step is the exercise: write the update yourself.",
    parts={"arguments unchanged": "mutation"},
)


@driver
def after_each_step(nag_step, gradient, w, v, steps, lr, beta):
    """So many steps, each from where the last one has ended. The gradient is given as a formula."""
    formulas = {
        "x ** 3": lambda x: x**3,
        "sin(x)": torch.sin,
        "2 * x": lambda x: 2 * x,
        "x": lambda x: x,
        "x * x.roll(1)": lambda x: x * x.flatten().roll(1).reshape(x.shape),
    }
    states, unchanged = {}, True
    for number in range(1, steps + 1):
        given = (w, v)
        before = [x.clone() for x in given]
        w, v = (new.clone() for new in nag_step(w, v, formulas[gradient], lr, beta))
        unchanged = unchanged and all(map(torch.equal, given, before)) and not any(x.requires_grad for x in given)
        states |= {f"w after step {number}": w.clone(), f"v after step {number}": v.clone()}
    return states | {"arguments unchanged": unchanged}


@reference
def nag_step(w, v, grad, lr, beta):
    step = beta * v - lr * grad(w + beta * v)
    return w + step, step


@alternative
def from_the_place_ahead(w, v, grad, lr, beta):
    ahead = w + beta * v
    new = ahead - lr * grad(ahead)
    return new, new - w


@alternative
def with_factors(w, v, grad, lr, beta):
    u = v.mul(beta)
    u = torch.sub(u, grad(torch.add(w, v, alpha=beta)), alpha=lr)
    return torch.add(w, u), u


@alternative
def copies_moved_in_place(w, v, grad, lr, beta):
    x, u = w.clone(), v.clone()
    u *= beta
    x += u
    slope = lr * grad(x.clone())
    u -= slope
    x -= slope
    return x, u


def some(draw, *shape):
    """A place away from zero, and a velocity."""
    return draw.uniform(*shape, low=0.5, high=1.5) * draw.normal(*shape).sign(), draw.normal(*shape)


@case
def one_step_with_a_cubic_gradient(draw):
    return "x ** 3", *some(draw, 4), 1, 0.1, 0.9


@case
def three_steps(draw):
    return "sin(x)", *some(draw, 2, 3), 3, 0.3, 0.8


@case
def steps_from_rest(draw):
    """The first one is plain gradient descent."""
    w, v = some(draw, 3, 3)
    return "x ** 3", w, 0 * v, 3, 0.1, 0.7


@case
def a_round_bowl(draw):
    return "2 * x", *some(draw, 3), 2, 0.2, 0.5


@case
def coordinates_that_hang_together(draw):
    return "x * x.roll(1)", *some(draw, 5), 2, 0.2, 0.6


@case
def a_matrix_that_lies_transposed(draw):
    w, v = some(draw, 2, 4)
    return "sin(x)", w.T, v.T, 2, 0.4, 0.6


@case
def the_gradient_is_the_place_itself(draw):
    """grad returns its very argument: whoever changes the gradient in place moves that."""
    return "x", *some(draw, 4), 2, 0.3, 0.9


@case(aspect="edge")
def without_momentum(draw):
    """beta = 0 is plain gradient descent."""
    return "x ** 3", *some(draw, 3), 2, 0.1, 0.0


@case(aspect="edge")
def a_rate_of_zero(draw):
    """The velocity alone moves on."""
    return "sin(x)", *some(draw, 3), 2, 0.0, 0.5


@case(aspect="edge")
def a_single_number(draw):
    return "sin(x)", draw.uniform(low=0.5, high=1.5), draw.uniform(low=1, high=2), 2, 0.25, 0.9


@case(aspect="edge", dtypes=("bfloat16", "float16"))
def half_precision(draw):
    return "2 * x", *some(draw, 5), 1, 0.25, 0.5


@domain(
    outside={
        "inf, huge, tiny, large, far, apart": "powers overflow, vanish or cancel",
        "small in w": "a velocity far below w is lost in new - w, which is honest work",
    }
)
def any_steps(draw):
    w = draw.any(axes=(0, 4), without="inf huge tiny large far apart small")
    v = draw.normal(*w.shape)
    v = draw.pick(1.0, 1.0, 0.0) * (v + 2 * v.sign())
    gradient = draw.pick("x ** 3", "sin(x)", "2 * x", "x", "x * x.roll(1)")
    lr, beta = draw.pick(0, 0.0, 1, 0.3, draw.number(0.1, 0.3)), draw.pick(0, 0.0, 1, 0.5, 0.95, draw.number(0.3, 1))
    return gradient, w, v, draw.integer(1, 4), lr, beta


@batch
def more_parameters(draw, n):
    return "sin(x)", *some(draw, n), 2, 0.1, 0.9


@misconception(
    "The gradient is asked for at w, where the parameters stand. That is plain momentum; Nesterov looks ahead first.",
    "grad(w + beta * v)",
)
def plain_momentum(w, v, grad, lr, beta):
    u = beta * v - lr * grad(w)
    return w + u, u


@misconception(
    "You look back instead of ahead: the velocity is a step here, so it leads to w + beta v.",
    "grad(w + beta * v)",
)
def looking_back(w, v, grad, lr, beta):
    u = beta * v - lr * grad(w - beta * v)
    return w + u, u


@misconception(
    "You look ahead by the whole velocity v. The next step keeps beta v of it, so that far ahead the place lies.",
    "grad(w + beta * v)",
)
def too_far_ahead(w, v, grad, lr, beta):
    u = beta * v - lr * grad(w + v)
    return w + u, u


@misconception(
    "The step starts from the place ahead, so the old velocity is added twice. Looking ahead is for the gradient only.",
    "Return w + v, from the place where the parameters stand.",
)
def starting_from_ahead(w, v, grad, lr, beta):
    ahead = w + beta * v
    u = beta * v - lr * grad(ahead)
    return ahead + u, u


@misconception(
    "The gradient is asked for where a whole step of momentum would end, gradient included. The look-ahead is made by"
    " the velocity alone.",
    "grad(w + beta * v)",
)
def ahead_by_a_whole_step(w, v, grad, lr, beta):
    u = beta * v - lr * grad(w + beta * v - lr * grad(w))
    return w + u, u


@misconception(
    "You walk uphill: the gradient points to where the function grows.",
    "v = beta * v - lr * grad(…)",
)
def uphill(w, v, grad, lr, beta):
    u = beta * v + lr * grad(w + beta * v)
    return w + u, u


@misconception(
    "That is the scaling of torch.optim, whose velocity is a sum of gradients. Here the velocity is a step, with the "
    "learning rate and the minus in it.",
    "v = beta * v - lr * grad(w + beta * v), and then w + v.",
)
def velocity_of_gradients(w, v, grad, lr, beta):
    u = beta * v + grad(w - lr * beta * v)
    return w - lr * u, u


@misconception(
    "The gradient is not multiplied by the learning rate.",
    "v = beta * v - lr * grad(w + beta * v)",
)
def rate_forgotten(w, v, grad, lr, beta):
    u = beta * v - grad(w + beta * v)
    return w + u, u


@misconception(
    "The old velocity is used to look ahead, but it is not kept: the step is the gradient's alone.",
    "v = beta * v - lr * grad(w + beta * v)",
)
def velocity_not_kept(w, v, grad, lr, beta):
    u = -lr * grad(w + beta * v)
    return w + u, u


@misconception(
    "The old velocity counts in full in the step, whatever beta is.",
    "v = beta * v - lr * grad(w + beta * v)",
)
def beta_forgotten(w, v, grad, lr, beta):
    u = v - lr * grad(w + beta * v)
    return w + u, u


@misconception(
    "The parameters move by the old velocity, so the gradient is felt only one step later.",
    "Update v first, and add the new one to w.",
)
def old_velocity(w, v, grad, lr, beta):
    return w + v, beta * v - lr * grad(w + beta * v)


@misconception(
    "The old velocity comes back as the state, so the next step starts from the wrong one.",
    "Return the new v.",
)
def old_state_returned(w, v, grad, lr, beta):
    return nag_step(w, v, grad, lr, beta)[0], v


@misconception(
    "The order is wrong: first the parameters, then the velocity.",
    "return w, v",
)
def order_reversed(w, v, grad, lr, beta):
    return nag_step(w, v, grad, lr, beta)[::-1]


@misconception(
    "You move the caller's parameters in place: they stand at the place ahead afterwards, or further.",
    "Make new tensors: ahead = w + beta * v, and not w += ….",
    keeps="every number is right",
)
def in_place(w, v, grad, lr, beta):
    v *= beta
    w += v
    slope = lr * grad(w.clone())
    v -= slope
    w -= slope
    return w, v


@misconception(
    "You scale in place what grad returned, and that need not be yours: it may be the place itself that you asked "
    "about.",
    "Make a new tensor: lr * grad(ahead).",
    keeps="right wherever grad returns a tensor of its own",
)
def gradient_scaled_in_place(w, v, grad, lr, beta):
    ahead = w + beta * v
    slope = grad(ahead).mul_(lr)
    new = ahead - slope
    return new, new - w


@first_attempt("plain_momentum", "velocity_of_gradients")
def as_the_book_has_momentum(w, v, grad, lr, beta):
    u = beta * v + grad(w)
    return w - lr * u, u


@first_attempt("too_far_ahead", "old_velocity")
def moved_at_once(w, v, grad, lr, beta):
    return w + v, beta * v - lr * grad(w + v)


@first_attempt("looking_back", "starting_from_ahead")
def from_the_wrong_side(w, v, grad, lr, beta):
    ahead = w - beta * v
    u = beta * v - lr * grad(ahead)
    return ahead + u, u
