"""In place means the tensors that the model holds, and a gradient that is not cleared comes back in the next step."""

import torch
from _shared import OPTIMISERS

from grader import Exercise, alternative, arguments, case, domain, driver, first_attempt, misconception, reference

exercise = Exercise(
    points=2,
    book="sec_linear_scratch",
    forbid=OPTIMISERS,
    forbid_reason="The update is the exercise: write it yourself, in place.",
    parts={
        "params holds the same tensors": "type",
        "each writes to its old memory": "type",
        "all are leaves": "type",
        "all require a gradient": "type",
    },
)


@reference
def sgd_(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                p -= lr * p.grad / batch_size
                p.grad.zero_()


@alternative
def on_the_data(params, lr, batch_size):
    for p in params:
        if p.grad is not None:
            p.data.add_(p.grad, alpha=-lr / batch_size)
            p.grad = None


@alternative
def all_parameters_at_once(params, lr, batch_size):
    with torch.no_grad():
        moving = [p for p in params if p.grad is not None]
        if moving:
            torch._foreach_sub_(moving, [p.grad * (lr / batch_size) for p in moving])
        for p in moving:
            p.grad.mul_(0)


@alternative
@torch.no_grad()
def copied_into(params, lr, batch_size):
    for p in (p for p in params if p.grad is not None):
        p.copy_(p - p.grad.div(batch_size).mul(lr))
        p.grad = torch.zeros_like(p)


@driver
def after_some_steps(sgd_, params, gradients, lr, batch_size, compared="params"):
    """`gradients`: for each step what backward() adds to each parameter; None where it has no part in the loss."""
    mine = [p.clone().requires_grad_() for p in params]
    params, memory = list(mine), [p.detach() for p in mine]
    for step in gradients:
        for p, g in zip(mine, step, strict=True):
            if g is not None:
                (p * g).sum().backward()
        sgd_(params, lr, batch_size)
    left = [torch.zeros_like(p) if p.grad is None else p.grad for p in mine]
    seen, part = (left, ".grad") if compared == "gradients left" else ([p.detach() for p in mine], "")
    return {
        **{f"params[{place}]{part}": tensor for place, tensor in enumerate(seen)},
        "params holds the same tensors": all(p is q for p, q in zip(params, mine, strict=True)),
        "each writes to its old memory": all(torch.equal(p, q) for p, q in zip(mine, memory, strict=True)),
        "all are leaves": all(p.is_leaf for p in mine),
        "all require a gradient": all(p.requires_grad for p in mine),
    }


def some(draw, steps, *shapes):
    """Parameters of these shapes, and their gradients in each step."""
    return [draw.normal(*shape) for shape in shapes], [[draw.normal(*shape) for shape in shapes] for _ in range(steps)]


@case
def one_step(draw):
    return *some(draw, 1, (3, 2), (2,)), 0.1, 4


@case
def two_steps_in_a_row(draw):
    return *some(draw, 2, (3, 2), (2,)), 0.3, 5


@case
def a_batch_of_one(draw):
    return *some(draw, 1, (5,)), 0.5, 1


@case
def three_steps_of_a_transposed_matrix(draw):
    (W, b), gradients = some(draw, 3, (2, 4), (4,))
    return [W.T, b], [[dW.T, db] for dW, db in gradients], 0.2, 3


@case
def what_is_left_in_grad(draw):
    return arguments(*some(draw, 1, (2, 2), (3,)), 0.1, 2, compared="gradients left")


@case(aspect="edge")
def a_parameter_without_gradient(draw):
    params, gradients = some(draw, 1, (3,), (2, 2), (2,))
    gradients[0][1] = None
    return params, gradients, 0.1, 3


@case(aspect="edge")
def a_gradient_that_comes_later(draw):
    params, gradients = some(draw, 2, (3,), (2,))
    gradients[0][0] = None
    return params, gradients, 0.4, 2


@case(aspect="edge")
def a_number_beside_an_empty_parameter(draw):
    return *some(draw, 1, (0, 3), ()), 0.25, 6


@case(aspect="edge")
def cleared_even_at_rate_zero(draw):
    return arguments(*some(draw, 1, (4,)), 0.0, 2, compared="gradients left")


@domain(outside={"inf, huge, tiny": "products overflow or vanish"})
def any_steps(draw):
    params = [draw.any(axes=(0, 3), without="inf huge tiny") for _ in range(draw.integer(1, 4))]
    gradients = [
        [draw.pick(draw.like(p, without="inf huge tiny"), draw.normal(*p.shape), None) for p in params]
        for _ in range(draw.integer(1, 4))
    ]
    return params, gradients, draw.number(0, 1), draw.pick(1, 2, 3, 64), draw.pick("params", "gradients left")


@misconception(
    "The model's own parameters never move. p = p - … gives a name to a new tensor, and params[i] = … puts a new "
    "one into the list: neither writes into the tensor that the model holds.",
    "Change p itself: p -= lr * p.grad / batch_size, under torch.no_grad().",
)
def rebinding(params, lr, batch_size):
    with torch.no_grad():
        for i, p in enumerate(params):
            if p.grad is not None:
                params[i] = (p - lr * p.grad / batch_size).requires_grad_()
                p.grad = None


@misconception(
    "A leaf that requires a gradient may not be changed while autograd records, so torch raises an error.",
    "Wrap the update in `with torch.no_grad():`.",
)
def recorded_by_autograd(params, lr, batch_size):
    for p in params:
        if p.grad is not None:
            p -= lr * p.grad / batch_size
            p.grad.zero_()


@misconception(
    "The gradients stay, and the next backward() adds to them.",
    "Clear them after the update: p.grad.zero_(), with the parentheses, or p.grad = None.",
)
def gradients_not_cleared(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                p -= lr * p.grad / batch_size


@misconception(
    "The gradient is that of a sum, so your steps grow with the size of the minibatch.",
    "Divide it by batch_size: lr * p.grad / batch_size.",
)
def not_divided_by_the_batch_size(params, lr, batch_size):
    sgd_(params, lr, 1)


@misconception(
    "You walk uphill. The gradient points to where the loss grows.",
    "Subtract it: p -= lr * p.grad / batch_size.",
)
def uphill(params, lr, batch_size):
    sgd_(params, -lr, batch_size)


@misconception(
    "A parameter that had no part in the loss has grad None, and None cannot be multiplied: your loop raises an "
    "error there.",
    "Skip such a parameter: if p.grad is not None.",
    keeps="right for all parameters that have a gradient",
)
def none_not_skipped(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            p.grad.zero_()


@misconception(
    "At the first parameter without a gradient you leave the loop, and the others do not move.",
    "Use continue, not break or return.",
    keeps="right as long as all parameters have a gradient",
)
def stops_at_the_first_none(params, lr, batch_size):
    grads = [p.grad for p in params]
    sgd_(params[: grads.index(None)] if None in grads else params, lr, batch_size)


@misconception(
    "p.data = … gives p new memory, and what shares the old one still sees the old numbers.",
    "Write into the memory that is there: p -= …, under torch.no_grad().",
    keeps="the numbers are right",
)
def new_memory(params, lr, batch_size):
    for p in params:
        if p.grad is not None:
            p.data = p.data - lr * p.grad / batch_size
            p.grad = None


@misconception(
    "With requires_grad switched off p can be changed, but no later loss can move it any more.",
    "Use `with torch.no_grad():`, which ends by itself.",
)
def requires_no_gradient_any_more(params, lr, batch_size):
    for p in params:
        if p.grad is not None:
            p.requires_grad_(False)
            p -= lr * p.grad / batch_size
            p.grad.zero_()


@first_attempt("recorded_by_autograd", "none_not_skipped")
def without_no_grad_and_without_a_look(params, lr, batch_size):
    for p in params:
        p -= lr * p.grad / batch_size
        p.grad.zero_()


@first_attempt("none_not_skipped", "gradients_not_cleared")
def the_update_alone(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size


@first_attempt("not_divided_by_the_batch_size", "none_not_skipped")
def the_whole_gradient_of_each(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad
            p.grad.zero_()
