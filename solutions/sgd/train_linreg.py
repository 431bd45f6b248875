"""All of it together. The route is random, so cases are such that every right route ends at the same place."""

import torch
from _shared import LOSSES, OPTIMISERS, data_iter, linreg_epoch, sgd_

from grader import Exercise, alternative, case, domain, driver, first_attempt, law, laws, misconception, reference

exercise = Exercise(
    points=3,
    book="sec_linear_scratch",
    forbid=(*OPTIMISERS, *LOSSES, "inv", "inverse", "lstsq", "pinv", "pinverse", "solve", "tensorsolve"),
    forbid_reason="The training is the exercise: write the loss and the update yourself.",
    needs=("sgd_", "data_iter", "linreg_epoch"),
    parts={
        "w has shape (d,)": "type",
        "b has shape ()": "type",
        "history holds floats": "type",
        "w and b are detached": "type",
        "data unchanged": "mutation",
    },
)


@reference
def train_linreg(X, y, lr, batch_size, epochs, seed):
    generator = torch.Generator(device=X.device).manual_seed(seed)
    w = 0.01 * torch.randn(X.shape[1], generator=generator, dtype=X.dtype, device=X.device)
    b = torch.zeros((), dtype=X.dtype, device=X.device)
    history = []
    for _ in range(epochs):
        order = torch.randperm(len(X), generator=generator, device=X.device)
        for chosen in order.split(batch_size):
            A = X[chosen]
            residual = A @ w + b - y[chosen]
            w = w - lr * A.T @ residual / len(A)
            b = b - lr * residual.mean()
        history.append(float(((X @ w + b - y) ** 2).mean() / 2))
    return w, b, history


@alternative
def the_bias_as_a_weight(X, y, lr, batch_size, epochs, seed):
    generator = torch.Generator(device=X.device).manual_seed(seed)
    Z = torch.cat([X, torch.ones_like(X[:, :1])], dim=1)
    theta = torch.zeros(Z.shape[1], dtype=X.dtype, device=X.device)
    theta[:-1].normal_(0, 0.01, generator=generator)
    history = []
    for _ in range(epochs):
        order = torch.rand(len(Z), generator=generator, device=X.device).argsort()
        for start in range(0, len(Z), batch_size):
            chosen = order[start : start + batch_size]
            residual = Z[chosen] @ theta - y[chosen]
            theta = theta - lr * torch.einsum("nd,n->d", Z[chosen], residual) / len(chosen)
        history.append(0.5 * (Z @ theta - y).square().mean().item())
    return theta[:-1], theta[-1], history


@alternative
def built_on_sgd_and_data_iter(X, y, lr, batch_size, epochs, seed):
    generator = torch.Generator(device=X.device).manual_seed(seed)
    w = torch.normal(0.0, 0.01, (X.shape[1],), generator=generator, dtype=X.dtype, device=X.device).requires_grad_()
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    history = []
    for _ in range(epochs):
        for A, target in data_iter(batch_size, X, y, generator):
            ((A @ w + b - target) ** 2 / 2).sum().backward()
            sgd_([w, b], lr, len(A))
        with torch.no_grad():
            history.append((((X @ w + b - y) ** 2 / 2).mean()).item())
    return w.detach(), b.detach(), history


@alternative
def built_on_linreg_epoch(X, y, lr, batch_size, epochs, seed):
    generator = torch.Generator(device=X.device)
    generator.manual_seed(seed)
    w = torch.randn(X.shape[1], generator=generator, dtype=X.dtype, device=X.device).mul_(0.01)
    b, history = X.new_zeros(()), []
    for _ in range(epochs):
        order = torch.randperm(len(X), generator=generator, device=X.device)
        w, b = linreg_epoch(X[order], y[order], w, b, lr, batch_size)
        history.append(float((X @ w + b - y).square().mean()) / 2)
    return w, b, history


@driver
def seeded_at_random(train_linreg, X, y, lr, batch_size, epochs, generator, compared):
    """Routes are random; this reports what all right ones have in common.

    "arrival": whether w and b are the best there are.
    "b": whether w is; and b, with one digit behind the point.
    "epochs": for X = 0, lr = 1 and a single example in the last minibatch. At its target b ends up, having forgotten
    all others, and so does the loss of each epoch: it tells which example was the last.
    "start": w and b as they are; for a training without epochs.

    Shapes are looked at on their own: what is said of the numbers holds for w of shape (d, 1) as well.
    """
    before = X.clone(), y.clone()
    seed = int(torch.randint(2**31, (), generator=generator, device=generator.device))
    w, b, history = train_linreg(X, y, lr, batch_size, epochs, seed)
    shapes = {"w has shape (d,)": w.shape == X.shape[1:], "b has shape ()": b.dim() == 0}
    w, b = w.reshape(X.shape[1]), b.reshape(())
    if compared == "start":
        seen = {"w": w, "b": b}
    elif compared == "epochs":
        again = train_linreg(before[0].clone(), before[1].clone(), lr, batch_size, epochs, seed)
        at_targets = ((y - y[:, None]) ** 2).mean(0) / 2
        distances = (y.new_tensor(history)[:, None] - at_targets).abs()
        seen = {
            "b ends at a target": bool((b - y).abs().min() < 1e-4),
            "losses are those of targets": bool((distances.amin(1) < 1e-4).all()),
            "epochs end at different targets": not bool((distances < 1e-4).all(0).any()),
            "same seed, same result": torch.equal(again[0].reshape_as(w), w) and bool(again[1] == b),
        }
    else:
        best = torch.linalg.lstsq(torch.cat([X, torch.ones_like(X[:, :1])], 1), y).solution
        near = [bool((w - best[:-1]).abs().max() < 0.05), bool((b - best[-1]).abs() < 0.05)]
        seen = (
            {"w is the best": near[0], "b": b.round(decimals=1)}
            if compared == "b"
            else {"w and b are the best": all(near)}
        )
    loss = float(((X @ w + b - y) ** 2).mean() / 2)
    return {
        **seen,
        **shapes,
        "number of losses": len(history),
        "last loss is that of (w, b)": not history or abs(float(history[-1]) - loss) <= 1e-3 * (1 + loss),
        "history holds floats": all(isinstance(each, float) for each in history),
        "w and b are detached": not (w.requires_grad or b.requires_grad),
        "data unchanged": torch.equal(X, before[0])
        and torch.equal(y, before[1])
        and not (X.requires_grad or y.requires_grad),
    }


def tenths(draw, *shape):
    """Numbers with one digit behind the point, none of them near 0, 1 or -1."""
    return (2 * draw.integers(*shape, high=2) - 1) * draw.integers(*shape, low=12, high=25).double() / 10


def corners(draw):
    """The corners of a cube, which are uncorrelated, and targets that miss the best plane by 2: its loss is 2.

    A step on all of them at a rate of lr leads from anywhere to the best weights and bias by the share lr.
    """
    X = torch.cartesian_prod(*[draw.tensor([-1, 1])] * 3)[draw.permutation(8)]
    return X, X @ tenths(draw, 3) + tenths(draw) + 2 * X.prod(1)


def grid(draw, *ticks):
    """Points of a grid on a plane or a line, in random order. All minibatches agree on where to go."""
    X = torch.cartesian_prod(*map(draw.tensor, ticks)).reshape(-1, len(ticks))
    X = X[draw.permutation(len(X))]
    return X, X @ tenths(draw, len(ticks)) + tenths(draw)


@case
def two_steps_on_all_examples(draw):
    return *corners(draw), 0.4, 8, 2, draw.generator(), "b"


@case
def six_steps_on_all_examples(draw):
    return *corners(draw), 0.6, 8, 6, draw.generator(), "b"


@case(dtypes=("float32",))
def minibatches_of_eight_and_one(draw):
    return *grid(draw, [-1.2, 0, 1.2], [-1.2, 0, 1.2]), 0.5, 8, 9, draw.generator(), "arrival"


@case(dtypes=("float32",))
def one_example_at_a_time(draw):
    return *grid(draw, [-1.5, -0.5, 0.5, 1.5]), 0.25, 1, 6, draw.generator(), "arrival"


@case(weight=4, dtypes=("float32",))
def only_a_bias_to_learn(draw):
    """Six epochs in a row end at one of 65 targets by chance once in 65^5 trials."""
    targets = (draw.permutation(65) + draw.uniform(65, high=0.5)) / 16
    return draw.full(65, 2, value=0), targets, 1.0, 64, 6, draw.generator(), "epochs"


@case(aspect="edge")
def a_batch_larger_than_the_data(draw):
    return *corners(draw), 0.8, 100, 4, draw.generator(), "b"


@case(aspect="edge", dtypes=("float32",), weight=0.5)
def no_epochs(draw):
    """So many weights that the shape of their distribution shows."""
    return draw.full(1, 10_000, value=1), draw.full(1, value=1), 0.1, 2, 0, draw.generator(), "start"


@domain(
    dtypes=("float32", "float64"),
    outside={
        "half precision": "no route ends where another does",
        "any data": "routes differ",
        "epochs is 0": "a case has laws for the start",
    },
)
def any_training(draw):
    generator = draw.generator(none=False, left_out=False)
    if draw.pick(True, False):
        return *corners(draw), draw.pick(0.4, 0.6, 0.8), draw.pick(8, 9, 100), draw.integer(1, 5), generator, "b"
    X, y = grid(draw, [-1.5, -0.5, 0.5, 1.5])
    return X, y, 0.25, draw.pick(1, 2, 3), 16, generator, "arrival"


@laws
def what_must_hold(X, y, lr, batch_size, epochs, generator, compared):
    if compared != "start":
        return []
    return [
        law.mean_is(of="w", mean=0, sd=0.01),
        law.spread_is(of="w", sd=0.01),
        law.normally_distributed(of="w", mean=0, sd=0.01),
        law.same_seed_same_answer(of="w"),
        law.other_seed_other_answer(of="w"),
    ]


def trained(
    X, y, lr, batch_size, epochs, generator, *, deviation=0.01, scale=None, note=None, fresh=True, stop=0, moves=1,
    dtype=None,
):  # fmt: skip
    """The right training but for one thing.

    deviation: of the first weights. scale: what the gradient of the sum is multiplied by. note: what is written down
    after an epoch. fresh: a new order in each epoch. stop: how many examples are left out. moves: whether b does.
    dtype: of the parameters.
    """
    dtype = dtype or X.dtype
    w = deviation * torch.randn(X.shape[1], generator=generator, dtype=dtype, device=X.device)
    b, history = torch.zeros((), dtype=dtype, device=X.device), []
    order = torch.randperm(len(X), generator=generator, device=X.device)
    for _ in range(epochs):
        for chosen in order[: len(order) - stop].split(batch_size):
            A = X[chosen]
            residual = A @ w + b - y[chosen]
            share = lr * (scale(A) if scale else 1 / len(A))
            w, b = w - share * A.T @ residual, b - moves * share * residual.sum()
        history.append(float(note(residual) if note else ((X @ w + b - y) ** 2).mean() / 2))
        if fresh:
            order = torch.randperm(len(X), generator=generator, device=X.device)
    return w, b, history


def seeded(X, seed):
    return torch.Generator(device=X.device).manual_seed(seed)


@misconception(
    "b never moves. It has a gradient, too: the mean of the residuals.",
    "Move it as well: b = b - lr * residual.mean().",
)
def bias_forgotten(X, y, lr, batch_size, epochs, seed):
    return trained(X, y, lr, batch_size, epochs, seeded(X, seed), moves=0)


@misconception(
    "The gradients are never cleared, so each step repeats all those before it.",
    "Clear them after each step: p.grad.zero_(), or p.grad = None.",
)
def gradients_not_cleared(X, y, lr, batch_size, epochs, seed):
    generator, history = seeded(X, seed), []
    w = (0.01 * torch.randn(X.shape[1], generator=generator, dtype=X.dtype, device=X.device)).requires_grad_()
    b = torch.zeros((), dtype=X.dtype, device=X.device, requires_grad=True)
    for _ in range(epochs):
        for A, target in data_iter(batch_size, X, y, generator):
            ((A @ w + b - target) ** 2 / 2).mean().backward()
            with torch.no_grad():
                w -= lr * w.grad
                b -= lr * b.grad
        history.append(float(((X @ w.detach() + b.detach() - y) ** 2).mean() / 2))
    return w.detach(), b.detach(), history


@misconception(
    "You write down losses of minibatches, each before its step, and not that of all examples once the epoch is over.",
    "Compute the loss of all examples once the epoch is over.",
)
def loss_of_the_last_minibatch(X, y, lr, batch_size, epochs, seed):
    return trained(X, y, lr, batch_size, epochs, seeded(X, seed), note=lambda residual: (residual**2).mean() / 2)


@misconception(
    "Your history holds mean squares. The loss has a factor 1/2.",
    "Divide by 2: ((X @ w + b - y) ** 2).mean() / 2.",
)
def history_without_the_half(X, y, lr, batch_size, epochs, seed):
    w, b, history = train_linreg(X, y, lr, batch_size, epochs, seed)
    return w, b, [2 * loss for loss in history]


@misconception(
    "Your steps are twice too long. The factor 1/2 in the loss cancels the 2 of the square's derivative.",
    "Leave the 2 out of both derivatives, or halve the loss.",
)
def steps_without_the_half(X, y, lr, batch_size, epochs, seed):
    return train_linreg(X, y, 2 * lr, batch_size, epochs, seed)


@misconception(
    "You take the sum over a minibatch. The loss is a mean.",
    "Divide by the number of examples in the minibatch.",
)
def summed(X, y, lr, batch_size, epochs, seed):
    return trained(X, y, lr, batch_size, epochs, seeded(X, seed), scale=lambda A: 1)


@misconception(
    "You divide by batch_size. The last minibatch may have fewer examples, and its gradient then comes out too small.",
    "Divide by the number of examples that the minibatch really has: len(A).",
)
def divided_by_the_nominal_size(X, y, lr, batch_size, epochs, seed):
    return trained(X, y, lr, batch_size, epochs, seeded(X, seed), scale=lambda A: 1 / batch_size)


@misconception(
    "The last minibatch is lost unless n is a multiple of batch_size.",
    "Loop up to n, range(0, n, batch_size): the last slice may be shorter.",
)
def last_batch_dropped(X, y, lr, batch_size, epochs, seed):
    return trained(X, y, lr, batch_size, epochs, seeded(X, seed), stop=len(X) % batch_size)


@misconception(
    "Predictions of shape (k, 1) minus targets of shape (k,) are k × k differences, by broadcasting: every "
    "prediction meets every target, and only their mean is learned.",
    "Give both the shape (k,): with w of shape (d,), A @ w has it.",
    keeps="the bias arrives, and the weights by luck",
    chance="after two steps its loss may be near the right one",
)
def predictions_in_a_column(X, y, lr, batch_size, epochs, seed):
    generator = seeded(X, seed)
    w = 0.01 * torch.randn(X.shape[1], generator=generator, dtype=X.dtype, device=X.device)
    b, history = torch.zeros((), dtype=X.dtype, device=X.device), []
    for _ in range(epochs):
        for A, target in data_iter(batch_size, X, y, generator):
            residual = ((A @ w)[:, None] + b - target).mean(1)
            w, b = w - lr * A.T @ residual / len(A), b - lr * residual.mean()
        history.append(float((((X @ w)[:, None] + b - y) ** 2).mean() / 2))
    return w, b, history


@misconception(
    "w has shape (d, 1) and b has shape (1,), as in the book. Here w is a vector of shape (d,), and b a number of "
    "shape ().",
    "Draw w with torch.randn(d, …) and start from b = torch.zeros(()); then X @ w has the shape of y.",
    keeps="the numbers are right",
)
def shapes_of_the_book(X, y, lr, batch_size, epochs, seed):
    w, b, history = train_linreg(X, y, lr, batch_size, epochs, seed)
    return w[:, None], b[None], history


@misconception(
    "The parameters are float32, and a product with X in float64 raises an error.",
    "Make them with dtype=X.dtype and device=X.device.",
    keeps="right in float32",
)
def parameters_in_float32(X, y, lr, batch_size, epochs, seed):
    return trained(X, y, lr, batch_size, epochs, seeded(X, seed), dtype=torch.float32)


@misconception(
    "All epochs go through the examples in the same order.",
    "Draw a new permutation at the start of each epoch.",
    keeps="training goes on all the same, and ends where it should",
)
def same_order_in_all_epochs(X, y, lr, batch_size, epochs, seed):
    return trained(X, y, lr, batch_size, epochs, seeded(X, seed), fresh=False)


@misconception(
    "You stop after one epoch.",
    "Go through the data `epochs` times: return after the loop, not in it.",
)
def one_epoch_only(X, y, lr, batch_size, epochs, seed):
    return train_linreg(X, y, lr, batch_size, min(epochs, 1), seed)


@misconception(
    "The first weights are about as large as 1. Their standard deviation is to be 0.01.",
    "Multiply the random numbers by 0.01.",
    keeps="training forgets where it began",
    chance="the mean of a thousand numbers may be near zero all the same",
)
def large_start(X, y, lr, batch_size, epochs, seed):
    return trained(X, y, lr, batch_size, epochs, seeded(X, seed), deviation=1)


@misconception(
    "The first weights are zero. They are to be random.",
    "Draw them from the normal distribution: 0.01 * torch.randn(d, generator=generator, …).",
    keeps="training forgets where it began",
)
def zero_start(X, y, lr, batch_size, epochs, seed):
    return trained(X, y, lr, batch_size, epochs, seeded(X, seed), deviation=0)


@misconception(
    "You ignore `seed`, so nobody can repeat your result.",
    "Draw everything from torch.Generator(device=X.device).manual_seed(seed).",
)
def seed_ignored(X, y, lr, batch_size, epochs, seed):
    return trained(X, y, lr, batch_size, epochs, None)


@misconception(
    "The global generator, which belongs to whoever calls you, is in another state afterwards. torch.manual_seed "
    "resets it, and all that draws without generator= moves it on, torch.nn.Linear too.",
    "Draw from a generator of your own: torch.Generator(device=X.device).manual_seed(seed).",
    keeps="the result is right",
)
def global_generator_changed(X, y, lr, batch_size, epochs, seed):
    torch.manual_seed(seed)
    return trained(X, y, lr, batch_size, epochs, None)


@misconception(
    "w and b require gradients, or hang on a graph. They are to be detached.",
    "Return w.detach() and b.detach().",
    keeps="the numbers are right",
)
def still_attached(X, y, lr, batch_size, epochs, seed):
    w, b, history = train_linreg(X, y, lr, batch_size, epochs, seed)
    return w.requires_grad_(), b.requires_grad_(), history


@misconception(
    "Your history holds tensors, each with its memory and perhaps a graph. Python floats are asked for.",
    "Append float(loss), or loss.item().",
    keeps="the numbers are right",
)
def history_of_tensors(X, y, lr, batch_size, epochs, seed):
    w, b, history = train_linreg(X, y, lr, batch_size, epochs, seed)
    return w, b, [torch.tensor(loss, dtype=X.dtype, device=X.device) for loss in history]


@misconception(
    "You shuffle the caller's X and y in place.",
    "Pick the examples of a minibatch with a permutation: X[chosen], y[chosen].",
    keeps="the result is right",
)
def data_shuffled(X, y, lr, batch_size, epochs, seed):
    order = torch.randperm(len(X), generator=seeded(X, seed), device=X.device)
    X[:], y[:] = X[order], y[order]
    return train_linreg(X, y, lr, batch_size, epochs, seed)


def by_the_book(X, y, lr, batch_size, epochs, draws, finish):
    """Weights in a column, autograd, and an optimiser by hand; `draws` makes normal numbers, or an order."""
    w = (0.01 * draws(torch.randn, X.shape[1], 1)).requires_grad_()
    b = torch.zeros(1, requires_grad=True, device=X.device)
    targets, history = y.reshape(-1, 1), []
    for _ in range(epochs):
        order = draws(torch.randperm, len(X))
        for i in range(0, len(X), batch_size):
            chosen = order[i : i + batch_size]
            loss = ((X[chosen] @ w + b - targets[chosen]) ** 2 / 2).mean()
            loss.backward()
            sgd_([w, b], lr, 1)
        with torch.no_grad():
            history.append(finish(((X @ w + b - targets) ** 2 / 2).mean()))
    return w, b, history


@first_attempt("global_generator_changed", "shapes_of_the_book", "parameters_in_float32", "still_attached")
def the_code_of_the_book(X, y, lr, batch_size, epochs, seed):
    torch.manual_seed(seed)
    return by_the_book(X, y, lr, batch_size, epochs, lambda f, *size: f(*size, device=X.device), float)


@first_attempt(
    "global_generator_changed", "shapes_of_the_book", "parameters_in_float32", "still_attached", "history_of_tensors"
)
def the_code_of_the_book_with_its_losses(X, y, lr, batch_size, epochs, seed):
    torch.manual_seed(seed)
    return by_the_book(X, y, lr, batch_size, epochs, lambda f, *size: f(*size, device=X.device), lambda loss: loss)


@first_attempt("shapes_of_the_book", "parameters_in_float32", "still_attached")
def the_code_of_the_book_with_a_generator(X, y, lr, batch_size, epochs, seed):
    generator = seeded(X, seed)

    def draws(f, *size):
        return f(*size, generator=generator, device=X.device)

    return by_the_book(X, y, lr, batch_size, epochs, draws, float)
