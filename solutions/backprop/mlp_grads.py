"""The whole way there and back: keep what the way back needs, gate where relu was shut, and update nothing yet."""

import torch
from _shared import AUTOGRAD, BACKWARD, BY_HAND, SOFTMAX, linear_backward, relu_backward

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    book="sec_backprop",
    points=3,
    forbid=(*AUTOGRAD, *BACKWARD, *SOFTMAX),
    forbid_reason="The derivatives are the exercise: work them out on paper, and program them without autograd.",
    needs=("linear_backward", "relu_backward"),
    weights={"stability": 2},
    shares=BY_HAND,
)


@reference
def mlp_grads(X, y, W1, b1, W2, b2):
    Z = X @ W1 + b1
    H = Z.clamp(min=0)
    log_P = log_probabilities(H @ W2 + b2)
    dO = (log_P.exp() - one_hot_rows(y, log_P)) / len(X)
    dZ = (dO @ W2.T) * (Z > 0)
    loss = -log_P.gather(1, y[:, None]).mean()
    return loss, {"W1": X.T @ dZ, "b1": dZ.sum(0), "W2": H.T @ dO, "b2": dO.sum(0)}


def log_probabilities(scores):
    scores = scores - scores.amax(1, keepdim=True)
    return scores - scores.exp().sum(1, keepdim=True).log()


def one_hot_rows(y, like):
    return torch.zeros_like(like).scatter_(1, y[:, None], 1.0)


@alternative
def by_einsum(X, y, W1, b1, W2, b2):
    H = torch.relu(torch.addmm(b1, X, W1))
    scores = torch.addmm(b2, H, W2)
    top = scores.max(1, keepdim=True).values
    E = (scores - top).exp()
    S = E.sum(1, keepdim=True)
    loss = (S.log() + top - scores.gather(1, y[:, None])).mean()
    dO = (E / S - torch.eye(scores.shape[1], dtype=X.dtype, device=X.device)[y]) / X.shape[0]
    dZ = torch.einsum("nq,hq->nh", dO, W2) * torch.sign(H)
    dW1, dW2 = torch.einsum("nd,nh->dh", X, dZ), torch.einsum("nh,nq->hq", H, dO)
    return loss, {"b2": dO.sum(0), "W2": dW2, "b1": dZ.sum(0), "W1": dW1}


@alternative
def built_on_the_functions_above(X, y, W1, b1, W2, b2):
    Z = torch.nn.functional.linear(X, W1.T, b1)
    H, rows = torch.relu(Z), torch.arange(len(y), device=y.device)
    log_P = log_probabilities(H @ W2 + b2)
    dO = log_P.exp()
    dO[rows, y] -= 1
    dH, dW2, db2 = linear_backward(dO / len(y), H, W2)
    _, dW1, db1 = linear_backward(relu_backward(dH, Z), X, W1)
    return -log_P[rows, y].sum() / len(y), {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


@alternative
def exact_where_a_label_is_nearly_sure(X, y, W1, b1, W2, b2):
    """1 - P is what the other classes have, and log1p knows more of it than log."""
    Z = X @ W1 + b1
    H = Z.clamp(min=0)
    scores = H @ W2 + b2
    top, at = scores.max(1, keepdim=True)
    E = (scores - top).exp()
    log_P = scores - top - E.scatter(1, at, 0).sum(1, keepdim=True).log1p()
    P = E / E.sum(1, keepdim=True)
    others = P.scatter(1, y[:, None], 0)
    dO = P.scatter(1, y[:, None], -others.sum(1, keepdim=True)) / len(X)
    dZ = (dO @ W2.T) * (Z > 0)
    loss = -log_P.gather(1, y[:, None]).mean()
    return loss, {"W1": X.T @ dZ, "b1": dZ.sum(0), "W2": H.T @ dO, "b2": dO.sum(0)}


@alternative
def one_example_at_a_time(X, y, W1, b1, W2, b2):
    n = len(X)
    loss = torch.zeros((), dtype=X.dtype, device=X.device)
    grads = {name: torch.zeros_like(p) for name, p in (("W1", W1), ("b1", b1), ("W2", W2), ("b2", b2))}
    for x, label in zip(X, y.tolist(), strict=True):
        z = x @ W1 + b1
        h = torch.maximum(z, torch.zeros_like(z))
        scores = h @ W2 + b2
        exponentials = (scores - scores.max()).exp()
        loss += scores.max() + exponentials.sum().log() - scores[label]
        do = exponentials / exponentials.sum()
        do[label] -= 1
        dz = torch.where(z > 0, W2 @ do, torch.zeros_like(z))
        for name, each in (("W1", torch.outer(x, dz)), ("b1", dz), ("W2", torch.outer(h, do)), ("b2", do)):
            grads[name] += each / n
    return loss / n, grads


def network(draw, n, d, h, q):
    """Examples and parameters for which the first hidden unit is always open, the second never.

    Each hidden unit speaks for one class and against all others, the first for the last class. No example is
    classified with certainty.
    """
    X, W1, b1 = draw.uniform(n, d, low=-1), draw.uniform(d, h, low=-1) / d, draw.uniform(h, low=-0.5, high=0.5)
    b1[:2] = draw.tensor([1.5, -1.5])
    for_or_against = 2 * torch.eye(q, dtype=W1.dtype).roll(1, 0).repeat(h, 1)[:h] - 1
    return X, W1, b1, draw.uniform(h, q, low=0.5, high=1.5) * for_or_against, draw.uniform(q, low=-0.5, high=0.5)


@case
def all_sizes_different(draw):
    X, *parameters = network(draw, 5, 3, 4, 2)
    return X, torch.tensor([1, 0, 1, 1, 0]), *parameters


@case
def all_sizes_equal(draw):
    """No shape tells a matrix from its transpose."""
    X, *parameters = network(draw, 4, 4, 4, 4)
    return X, torch.tensor([3, 0, 2, 1]), *parameters


@case
def tensors_that_are_not_contiguous(draw):
    X, W1, b1, W2, b2 = network(draw, 4, 3, 5, 4)
    return draw.every_second(X), torch.tensor([3, 1, 2, 0]), W1.T.contiguous().T, b1, W2.T.contiguous().T, b2


@case(aspect="edge")
def one_example(draw):
    X, *parameters = network(draw, 1, 3, 5, 3)
    return X, torch.tensor([2]), *parameters


@case(aspect="edge")
def blank_examples_and_no_hidden_bias(draw):
    """Hidden units at exactly 0: what relu does at its kink shows in the gradient of b1."""
    x, W1, b1, W2, b2 = network(draw, 1, 2, 5, 3)
    X = torch.cat([x, -x, torch.zeros(3, 2)])
    return X, torch.tensor([0, 2, 1, 0, 2]), W1, torch.zeros_like(b1), W2, b2


@case(aspect="stability")
def sure_and_wrong(draw):
    """Class 0 wins by a thousand, and is right for one example only."""
    X, W1, b1, W2, b2 = network(draw, 4, 3, 5, 3)
    return X, torch.tensor([1, 2, 0, 2]), W1, b1, W2, b2 + draw.tensor([1000.0, 0.0, -1000.0])


@case(aspect="stability")
def all_scores_far_below_zero(draw):
    X, W1, b1, W2, b2 = network(draw, 4, 3, 4, 3)
    return X, torch.tensor([1, 2, 0, 2]), W1, b1, W2, b2 - 150


@case(aspect="stability")
def one_example_far_above_the_others(draw):
    """It is sure, and right. What is sure of one row must not decide about the scale of the others."""
    X, W1, b1, W2, b2 = network(draw, 4, 3, 5, 3)
    W1[0] = draw.tensor([1.0, -1.0, -1.0, -1.0, -1.0]) * draw.uniform(5, low=0.2, high=0.4)
    X[2, 0] = 9000
    return X, torch.tensor([1, 0, 2, 0]), W1, b1, W2, b2


def gated(gate, X, y, W1, b1, W2, b2):
    """The right answer but for what the gradient of H becomes on its way through relu."""
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    dZ = gate(output_gradient(X, y, W1, b1, W2, b2) @ W2.T, X @ W1 + b1)
    return loss, grads | {"W1": X.T @ dZ, "b1": dZ.sum(0)}


def output_gradient(X, y, W1, b1, W2, b2):
    log_P = log_probabilities((X @ W1 + b1).relu() @ W2 + b2)
    return (log_P.exp() - one_hot_rows(y, log_P)) / len(X)


@domain(outside={"inf, huge, tiny": "products of matrices overflow or vanish"})
def any_network(draw):
    n, d, h, q = (draw.size(least=least) for least in (1, 1, 2, 2))
    X, W1, b1, W2, b2 = network(draw, n, d, h, q)
    X = draw.pick(X, draw.every_second(X), draw.any(n, d, without="inf huge tiny apart large far"))
    return X, draw.labels(n, q), draw.pick(W1, W1.T.contiguous().T), b1, W2, b2


@misconception(
    "You let the gradient of H pass the relu as if it did nothing. Where relu was shut on the way forward, "
    "nothing comes back.",
    "Multiply the gradient of H by the gate: dZ = dH * (Z > 0).",
)
def gate_forgotten(X, y, W1, b1, W2, b2):
    return gated(lambda dH, Z: dH, X, y, W1, b1, W2, b2)


@misconception(
    "Your gate depends on the sign of the gradient. The gate of relu depends on the sign of its input Z.",
    "Multiply by Z > 0: dZ = dH * (Z > 0).",
)
def gate_of_the_gradient(X, y, W1, b1, W2, b2):
    return gated(lambda dH, Z: dH * (dH > 0), X, y, W1, b1, W2, b2)


@misconception(
    "You multiply the gradient of H by H. The derivative of relu is 1 where Z is positive, however large Z is.",
    "Use Z only to decide, not as a factor: dZ = dH * (Z > 0).",
)
def multiplied_by_the_activation(X, y, W1, b1, W2, b2):
    return gated(lambda dH, Z: dH * Z.relu(), X, y, W1, b1, W2, b2)


@misconception(
    "At exactly 0 you let the gradient through. relu has no derivative there, and by convention it is taken to be 0.",
    "Multiply by Z > 0, not by Z >= 0.",
    keeps="right wherever relu has a derivative",
)
def gate_open_at_zero(X, y, W1, b1, W2, b2):
    return gated(lambda dH, Z: dH * (Z >= 0), X, y, W1, b1, W2, b2)


@misconception(
    "On the way back through the output layer you multiply by W2 as it stands. Forwards W2 turns h numbers into "
    "q, so backwards q into h; a square W2 hides the difference.",
    "Transpose W2: dH = dO @ W2.T.",
)
def weights_not_transposed(X, y, W1, b1, W2, b2):
    dZ = (output_gradient(X, y, W1, b1, W2, b2) @ W2) * (X @ W1 + b1 > 0)
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    return loss, grads | {"W1": X.T @ dZ, "b1": dZ.sum(0)}


@misconception(
    "Your gradient of W2 uses Z, the input of relu. What W2 multiplies is H, its output.",
    "Take the output of relu: H.T @ dO.",
)
def before_the_activation(X, y, W1, b1, W2, b2):
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    return loss, grads | {"W2": (X @ W1 + b1).T @ output_gradient(X, y, W1, b1, W2, b2)}


@misconception(
    "There is no relu in your network, neither forwards nor backwards, so two layers do no more than one.",
    "Forwards H = torch.relu(Z), and only H meets W2; backwards dZ = dH * (Z > 0).",
)
def no_activation(X, y, W1, b1, W2, b2):
    Z = X @ W1 + b1
    log_P = log_probabilities(Z @ W2 + b2)
    dO = (log_P.exp() - one_hot_rows(y, log_P)) / len(X)
    dZ = dO @ W2.T
    loss = -log_P.gather(1, y[:, None]).mean()
    return loss, {"W1": X.T @ dZ, "b1": dZ.sum(0), "W2": Z.T @ dO, "b2": dO.sum(0)}


@misconception(
    "Your W2 has changed before the gradient passes through it on its way to the first layer. All gradients "
    "belong to the same, old parameters.",
    "Update nothing here: dH = dO @ W2.T with the W2 that you were given.",
)
def updated_too_early(X, y, W1, b1, W2, b2):
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    dZ = (output_gradient(X, y, W1, b1, W2, b2) @ (W2 - 0.1 * grads["W2"]).T) * (X @ W1 + b1 > 0)
    return loss, grads | {"W1": X.T @ dZ, "b1": dZ.sum(0)}


@misconception(
    "The loss is a mean over the examples, so each example has a share of one n-th in it. Your gradients are "
    "those of the sum.",
    "Divide dO by n, once; everything else follows from dO.",
)
def gradients_not_divided_by_n(X, y, W1, b1, W2, b2):
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    return loss, {name: len(X) * grad for name, grad in grads.items()}


@misconception(
    "Your loss is a sum over the examples, and it is to be their mean.",
    "Divide the loss by n, too, or take mean().",
)
def loss_not_divided_by_n(X, y, W1, b1, W2, b2):
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    return len(X) * loss, grads


@misconception(
    "You average over the examples for the gradients of the biases. A bias is added to every example, and collects "
    "from all of them: the factor 1/n belongs into dO.",
    "Sum over the examples, and do not average: dO.sum(0), dZ.sum(0).",
)
def biases_averaged(X, y, W1, b1, W2, b2):
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    return loss, grads | {"b1": grads["b1"] / len(X), "b2": grads["b2"] / len(X)}


@misconception(
    "The sign of your gradients is wrong: they point downhill, along the step that one would take. The gradient "
    "points uphill.",
    "Take prediction minus truth: dO = (p - one_hot) / n.",
)
def truth_minus_prediction(X, y, W1, b1, W2, b2):
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    return loss, {name: -grad for name, grad in grads.items()}


@misconception(
    "Your gradients do not depend on the labels: on the way back you use the probabilities as they are. The "
    "gradient of the scores compares them with the truth.",
    "Subtract 1 from the probability of each true class first: dO[torch.arange(n), y] -= 1.",
)
def labels_forgotten(X, y, W1, b1, W2, b2):
    loss, _ = mlp_grads(X, y, W1, b1, W2, b2)
    Z = X @ W1 + b1
    H = Z.relu()
    dO = log_probabilities(H @ W2 + b2).exp() / len(X)
    dZ = (dO @ W2.T) * (Z > 0)
    return loss, {"W1": X.T @ dZ, "b1": dZ.sum(0), "W2": H.T @ dO, "b2": dO.sum(0)}


def grads_of(P, X, y, Z, W2):
    """The gradients that belong to these probabilities."""
    dO = (P - one_hot_rows(y, P)) / len(X)
    dZ = (dO @ W2.T) * (Z > 0)
    return {"W1": X.T @ dZ, "b1": dZ.sum(0), "W2": Z.relu().T @ dO, "b2": dO.sum(0)}


@misconception(
    "exp of a large score is infinite, and where all scores of a row are very negative all its exponentials are "
    "0: inf / inf and 0 / 0 are NaN. A common shift of a row's scores does not change its probabilities.",
    "Subtract each row's maximum first: O - O.amax(1, keepdim=True).",
)
def overflowing(X, y, W1, b1, W2, b2):
    Z = X @ W1 + b1
    E = (Z.relu() @ W2 + b2).exp()
    P = E / E.sum(1, keepdim=True)
    return -P.gather(1, y[:, None]).log().mean(), grads_of(P, X, y, Z, W2)


@misconception(
    "You subtract one maximum for all examples. Beside an example with large scores, all exponentials of another are "
    "0, and 0 / 0 is NaN.",
    "Each row has a maximum of its own: O - O.amax(1, keepdim=True).",
    keeps="right unless the scores of examples are far apart",
)
def one_maximum_for_all(X, y, W1, b1, W2, b2):
    Z = X @ W1 + b1
    scores = Z.relu() @ W2 + b2
    E = (scores - scores.max()).exp()
    P = E / E.sum(1, keepdim=True)
    return -log_probabilities(scores).gather(1, y[:, None]).mean(), grads_of(P, X, y, Z, W2)


@misconception(
    "The probability of a true class may underflow to 0, and then its logarithm, and the loss, is infinite. The "
    "logarithm of the fraction can be simplified on paper.",
    "With Z = O - O.amax(1, keepdim=True) the log-probabilities are Z - Z.exp().sum(1, keepdim=True).log().",
    keeps="the gradients are right, and the loss is unless a probability underflows",
)
def logarithm_of_softmax(X, y, W1, b1, W2, b2):
    _, grads = mlp_grads(X, y, W1, b1, W2, b2)
    P = log_probabilities((X @ W1 + b1).relu() @ W2 + b2).exp()
    return -P.gather(1, y[:, None]).log().mean(), grads


@misconception(
    "You take a step of gradient descent on the caller's parameters. Only the gradients are asked for; what to "
    "do with them is the caller's business.",
    "Leave out the update, and return the gradients.",
    keeps="the answer is right; it is the caller's parameters that suffer",
)
def parameters_updated(X, y, W1, b1, W2, b2):
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    for parameter, grad in ((W1, grads["W1"]), (b1, grads["b1"]), (W2, grads["W2"]), (b2, grads["b2"])):
        parameter -= 0.1 * grad
    return loss, grads


@misconception(
    "Automatic differentiation worked your answer out, and doing that by hand is the exercise.",
    "Work the derivatives out on paper, with the chain rule, and program the formulas.",
)
def by_autograd(X, y, W1, b1, W2, b2):
    parameters = {name: p.clone().requires_grad_() for name, p in (("W1", W1), ("b1", b1), ("W2", W2), ("b2", b2))}
    W1, b1, W2, b2 = parameters.values()
    loss = torch.nn.functional.cross_entropy((X @ W1 + b1).relu() @ W2 + b2, y)
    loss.backward()
    return loss.detach(), {name: p.grad for name, p in parameters.items()}


@misconception(
    "b is one vector for all examples, and so is its gradient. Your gradient has a row for each example.",
    "Sum over the examples: dO.sum(0) for b2, dZ.sum(0) for b1.",
)
def biases_not_summed(X, y, W1, b1, W2, b2):
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    dO = output_gradient(X, y, W1, b1, W2, b2)
    return loss, grads | {"b1": (dO @ W2.T) * (X @ W1 + b1 > 0), "b2": dO}


@misconception(
    "You add up over the examples and over the outputs, to one number. A bias has one entry for each output, and "
    "so has its gradient.",
    "Sum over the examples only, axis 0: dO.sum(0) for b2, dZ.sum(0) for b1.",
)
def biases_summed_over_everything(X, y, W1, b1, W2, b2):
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    return loss, grads | {"b1": grads["b1"].sum(), "b2": grads["b2"].sum()}


@first_attempt("gate_forgotten", "gradients_not_divided_by_n")
def straight_back(X, y, W1, b1, W2, b2):
    loss, grads = gate_forgotten(X, y, W1, b1, W2, b2)
    return loss, {name: len(X) * grad for name, grad in grads.items()}
