"""The squared norm shrinks every weight by the same share, lr * lam; the bias is left alone."""

import torch

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_weight_decay",
    forbid=("optim", "SGD"),
    forbid_reason="The step is the exercise: write the update yourself.",
)


@reference
def weight_decay_step(w, b, gw, gb, lr, lam):
    return (1 - lr * lam) * w - lr * gw, b - lr * gb


@alternative
def gradient_of_the_penalty_added(w, b, gw, gb, lr, lam):
    return w - lr * (gw + lam * w), torch.sub(b, gb, alpha=lr)


@alternative
def copies_moved_in_place(w, b, gw, gb, lr, lam):
    w_new, b_new = w.clone(), b.clone()
    w_new.mul_(1 - lr * lam).sub_(gw, alpha=lr)
    b_new.add_(gb, alpha=-lr)
    return w_new, b_new


@alternative
def interpolated(w, b, gw, gb, lr, lam):
    """Decay moves the weights towards zero."""
    return torch.lerp(w, torch.zeros_like(w), lr * lam).add(-lr * gw), b + (-lr) * gb


@alternative
def recorded_by_autograd(w, b, gw, gb, lr, lam):
    with torch.enable_grad():
        v = w.detach().clone().requires_grad_()
        ((v * gw).sum() + lam / 2 * (v * v).sum()).backward()
    return w - lr * v.grad, b - lr * gb


def a_model(draw, d, q, biases=None):
    """Weights and biases, and gradients that are not near the penalty's."""
    W, b = draw.normal(d, q), 2 + draw.uniform(biases or q)
    return W, b, draw.normal(d, q), draw.normal(biases or q)


@case
def a_matrix_of_weights(draw):
    return *a_model(draw, 3, 2), 0.1, 0.5


@case
def a_square_matrix(draw):
    return *a_model(draw, 4, 4), 0.3, 0.7


@case
def a_single_output(draw):
    return draw.normal(5), draw.uniform(1, low=1, high=2), draw.normal(5), draw.normal(1), 0.05, 2.0


@case
def only_the_decay(draw):
    """Without a gradient every weight shrinks by the same share, and the bias stays."""
    w, b, gw, gb = a_model(draw, 2, 3)
    return w, b, 0 * gw, 0 * gb, 0.2, 0.25


@case
def a_matrix_that_lies_transposed(draw):
    w, b, gw, gb = a_model(draw, 2, 5, biases=3)
    return w.T, b, gw.T, gb, 0.4, 0.3


@case(aspect="edge")
def no_penalty(draw):
    return *a_model(draw, 3, 3), 0.1, 0.0


@case(aspect="edge")
def a_rate_of_zero(draw):
    return *a_model(draw, 3, 2), 0.0, 0.5


@case(aspect="edge")
def more_than_everything_decays(draw):
    """lr * lam is 3: the old weights come back with the other sign, and twice as large."""
    return *a_model(draw, 2, 3), 1.5, 2.0


@case(aspect="edge")
def everything_decays_at_once(draw):
    """lr * lam is 1: nothing of the old weights is left."""
    return *a_model(draw, 3, 2), 0.5, 2.0


@case(aspect="edge")
def a_bias_that_is_a_number(draw):
    return draw.normal(3), 2 + draw.uniform(), draw.normal(3), draw.normal(), 0.2, 1.5


@case(aspect="edge")
def no_weights(draw):
    return draw.normal(0, 3), 2 + draw.uniform(3), draw.normal(0, 3), draw.normal(3), 0.2, 0.5


@case(aspect="edge", dtypes=("bfloat16", "float16"))
def half_precision(draw):
    return *a_model(draw, 4, 3), 0.25, 0.5


@domain(outside={"inf, huge, tiny": "products overflow, vanish or are no numbers"})
def any_step(draw):
    w, b = draw.any(axes=(0, 4), without="inf huge tiny"), draw.any(axes=(0, 4), without="inf huge tiny")
    gw, gb = draw.like(w, without="inf huge tiny"), draw.like(b, without="inf huge tiny")
    return w, b, gw, gb, draw.pick(0, 0.0, 1, draw.number(0, 1)), draw.pick(0, 0.0, 1, draw.number(0, 1), 0.01)


@misconception(
    "The bias decays along with the weights. It only shifts the function, so it is not penalised.",
    "b - lr * gb",
)
def bias_decays_too(w, b, gw, gb, lr, lam):
    return (1 - lr * lam) * w - lr * gw, (1 - lr * lam) * b - lr * gb


@misconception(
    "The weights shrink by lam in each step, whatever the learning rate. The penalty is part of the loss, so its "
    "gradient is multiplied by the rate like any other.",
    "(1 - lr * lam) * w - lr * gw",
)
def decay_without_the_rate(w, b, gw, gb, lr, lam):
    return (1 - lam) * w - lr * gw, b - lr * gb


@misconception(
    "The decay is twice too strong. The penalty is lam/2 times the squared norm, and the 2 of the square cancels the "
    "half.",
    "w - lr * (gw + lam * w)",
)
def twice_the_decay(w, b, gw, gb, lr, lam):
    return (1 - 2 * lr * lam) * w - lr * gw, b - lr * gb


@misconception(
    "The decay is only half as strong as it should be. The gradient of lam/2 times the squared norm is lam w.",
    "w - lr * (gw + lam * w)",
)
def half_the_decay(w, b, gw, gb, lr, lam):
    return (1 - lr * lam / 2) * w - lr * gw, b - lr * gb


@misconception(
    "The decay is applied to the weights after their step, so the gradient is shrunk as well. Both belong to the old "
    "weights.",
    "(1 - lr * lam) * w - lr * gw",
)
def decay_of_the_new_weights(w, b, gw, gb, lr, lam):
    return (1 - lr * lam) * (w - lr * gw), b - lr * gb


@misconception(
    "The weights grow: the gradient of the penalty points outward, and you follow it.",
    "Subtract it like the other gradient: w - lr * (gw + lam * w).",
)
def growing_weights(w, b, gw, gb, lr, lam):
    return (1 + lr * lam) * w - lr * gw, b - lr * gb


@misconception(
    "That is the L1 penalty: every weight moves by the same amount. With the squared norm it moves in proportion to "
    "its size.",
    "Use w where you have its sign.",
)
def sign_of_the_weights(w, b, gw, gb, lr, lam):
    return w - lr * (gw + lam * w.sign()), b - lr * gb


@misconception(
    "You differentiate the norm and not its square: the gradient is divided by the length of the weights.",
    "w - lr * (gw + lam * w), without the norm.",
)
def norm_not_squared(w, b, gw, gb, lr, lam):
    length = w.square().sum().sqrt()
    return w - lr * (gw + lam * w / length.clamp(min=1e-6)), b - lr * gb


@misconception(
    "Nothing decays: the penalty is missing from the step.",
    "Add the gradient of the penalty, lam * w, to gw.",
)
def no_decay(w, b, gw, gb, lr, lam):
    return w - lr * gw, b - lr * gb


@misconception(
    "The bias stays where it is. It is not penalised, but it still follows its gradient.",
    "b - lr * gb",
)
def bias_not_moved(w, b, gw, gb, lr, lam):
    return (1 - lr * lam) * w - lr * gw, b.clone()


@misconception(
    "You walk uphill: the gradients point to where the loss grows.",
    "Subtract them: - lr * gw and - lr * gb.",
)
def uphill(w, b, gw, gb, lr, lam):
    return (1 - lr * lam) * w + lr * gw, b + lr * gb


@misconception(
    "The value of the penalty, one number, is subtracted from each weight. What is needed is its gradient, which has "
    "the shape of the weights.",
    "w - lr * (gw + lam * w)",
)
def value_of_the_penalty(w, b, gw, gb, lr, lam):
    return w - lr * (gw + lam / 2 * w.square().sum()), b - lr * gb


@misconception(
    "The order is wrong: first the weights, then the bias.",
    "return w, b",
)
def order_reversed(w, b, gw, gb, lr, lam):
    return weight_decay_step(w, b, gw, gb, lr, lam)[::-1]


@misconception(
    "You change the caller's weights in place, and they must stay as they are.",
    "Compute new tensors, w = w - …, and not w -= ….",
    keeps="every number is right",
)
def in_place(w, b, gw, gb, lr, lam):
    w -= lr * (gw + lam * w)
    b -= lr * gb
    return w, b


@first_attempt("bias_decays_too", "twice_the_decay")
def all_parameters_alike(w, b, gw, gb, lr, lam):
    return tuple(p - lr * (g + 2 * lam * p) for p, g in ((w, gw), (b, gb)))


@first_attempt("decay_without_the_rate", "decay_of_the_new_weights")
def shrunk_afterwards(w, b, gw, gb, lr, lam):
    return (1 - lam) * (w - lr * gw), b - lr * gb


@first_attempt("growing_weights", "bias_decays_too")
def penalty_with_the_wrong_sign(w, b, gw, gb, lr, lam):
    return w - lr * (gw - lam * w), b - lr * (gb - lam * b)
