"""The whole way there and back: keep what the way back needs, gate where relu was shut, and update nothing yet."""

import torch
from _shared import AUTOGRAD, BACKWARD, BY_HAND, SOFTMAX, linear_backward, relu_backward

from grader import Exercise, alternative, case, domain, misconception, reference

exercise = Exercise(
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
    "Where relu was shut on the way forward nothing comes back, but you let everything pass. "
    "Multiply the gradient of H by Z > 0."
)
def gate_forgotten(X, y, W1, b1, W2, b2):
    return gated(lambda dH, Z: dH, X, y, W1, b1, W2, b2)


@misconception("The gate of relu hangs on the sign of Z, not on that of the gradient. Multiply by Z > 0.")
def gate_of_the_gradient(X, y, W1, b1, W2, b2):
    return gated(lambda dH, Z: dH * (dH > 0), X, y, W1, b1, W2, b2)


@misconception("The derivative of relu is 1 where Z > 0, not Z itself. Use Z only to decide, not as a factor.")
def multiplied_by_the_activation(X, y, W1, b1, W2, b2):
    return gated(lambda dH, Z: dH * Z.relu(), X, y, W1, b1, W2, b2)


@misconception(
    "At exactly 0 the derivative of relu is 0, by convention. Multiply by Z > 0, not by Z >= 0.",
    keeps="right wherever relu has a derivative",
)
def gate_open_at_zero(X, y, W1, b1, W2, b2):
    return gated(lambda dH, Z: dH * (Z >= 0), X, y, W1, b1, W2, b2)


@misconception("The way back through W2 needs its transpose, dO W2^T. A square W2 hides that it is missing.")
def weights_not_transposed(X, y, W1, b1, W2, b2):
    dZ = (output_gradient(X, y, W1, b1, W2, b2) @ W2) * (X @ W1 + b1 > 0)
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    return loss, grads | {"W1": X.T @ dZ, "b1": dZ.sum(0)}


@misconception("W2 multiplies H, the output of relu, not Z. Its gradient is H^T dO.")
def before_the_activation(X, y, W1, b1, W2, b2):
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    return loss, grads | {"W2": (X @ W1 + b1).T @ output_gradient(X, y, W1, b1, W2, b2)}


@misconception("There is no relu in your network, forwards and backwards. H is max(Z, 0), and only H meets W2.")
def no_activation(X, y, W1, b1, W2, b2):
    Z = X @ W1 + b1
    log_P = log_probabilities(Z @ W2 + b2)
    dO = (log_P.exp() - one_hot_rows(y, log_P)) / len(X)
    dZ = dO @ W2.T
    loss = -log_P.gather(1, y[:, None]).mean()
    return loss, {"W1": X.T @ dZ, "b1": dZ.sum(0), "W2": Z.T @ dO, "b2": dO.sum(0)}


@misconception(
    "You update W2 before the gradient has passed through it. Compute all gradients with the old parameters first."
)
def updated_too_early(X, y, W1, b1, W2, b2):
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    dZ = (output_gradient(X, y, W1, b1, W2, b2) @ (W2 - 0.1 * grads["W2"]).T) * (X @ W1 + b1 > 0)
    return loss, grads | {"W1": X.T @ dZ, "b1": dZ.sum(0)}


@misconception("The loss is a mean over the examples, so its gradients carry a factor 1/n. Divide dO by n.")
def gradients_not_divided_by_n(X, y, W1, b1, W2, b2):
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    return loss, {name: len(X) * grad for name, grad in grads.items()}


@misconception("The gradients are those of the mean, but the loss itself is a sum. Divide it by n, too.")
def loss_not_divided_by_n(X, y, W1, b1, W2, b2):
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    return len(X) * loss, grads


@misconception("1/n is in dO already, and the biases get it a second time. Sum over the examples, do not average.")
def biases_averaged(X, y, W1, b1, W2, b2):
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    return loss, grads | {"b1": grads["b1"] / len(X), "b2": grads["b2"] / len(X)}


@misconception("The sign is wrong: dO is prediction minus truth. You return the direction downhill, not the gradient.")
def truth_minus_prediction(X, y, W1, b1, W2, b2):
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    return loss, {name: -grad for name, grad in grads.items()}


@misconception("The labels are missing on the way back. Subtract 1 from the probability of each true class first.")
def labels_forgotten(X, y, W1, b1, W2, b2):
    loss, _ = mlp_grads(X, y, W1, b1, W2, b2)
    Z = X @ W1 + b1
    H = Z.relu()
    dO = log_probabilities(H @ W2 + b2).exp() / len(X)
    dZ = (dO @ W2.T) * (Z > 0)
    return loss, {"W1": X.T @ dZ, "b1": dZ.sum(0), "W2": H.T @ dO, "b2": dO.sum(0)}


@misconception(
    "exp overflows on large scores, and on very small ones all exponentials of a row vanish: the answer is nan. "
    "Subtract each row's maximum first."
)
def overflowing(X, y, W1, b1, W2, b2):
    Z = X @ W1 + b1
    H = Z.relu()
    E = (H @ W2 + b2).exp()
    P = E / E.sum(1, keepdim=True)
    dO = (P - one_hot_rows(y, P)) / len(X)
    dZ = (dO @ W2.T) * (Z > 0)
    loss = -P.gather(1, y[:, None]).log().mean()
    return loss, {"W1": X.T @ dZ, "b1": dZ.sum(0), "W2": H.T @ dO, "b2": dO.sum(0)}


@misconception(
    "The probability of a true class may underflow to 0, and then the loss is inf. "
    "Compute its logarithm directly: score minus maximum minus log of the sum.",
    keeps="the gradients are right, and the loss is unless a probability underflows",
)
def logarithm_of_softmax(X, y, W1, b1, W2, b2):
    _, grads = mlp_grads(X, y, W1, b1, W2, b2)
    P = log_probabilities((X @ W1 + b1).relu() @ W2 + b2).exp()
    return -P.gather(1, y[:, None]).log().mean(), grads


@misconception(
    "You take a step of gradient descent on the caller's parameters. Only return the gradients.",
    keeps="the answer is right; it is the caller's parameters that suffer",
)
def parameters_updated(X, y, W1, b1, W2, b2):
    loss, grads = mlp_grads(X, y, W1, b1, W2, b2)
    for parameter, grad in ((W1, grads["W1"]), (b1, grads["b1"]), (W2, grads["W2"]), (b2, grads["b2"])):
        parameter -= 0.1 * grad
    return loss, grads


@misconception(
    "Automatic differentiation is what you are to replace here. Work the derivatives out on paper and program them."
)
def by_autograd(X, y, W1, b1, W2, b2):
    parameters = {name: p.clone().requires_grad_() for name, p in (("W1", W1), ("b1", b1), ("W2", W2), ("b2", b2))}
    W1, b1, W2, b2 = parameters.values()
    loss = torch.nn.functional.cross_entropy((X @ W1 + b1).relu() @ W2 + b2, y)
    loss.backward()
    return loss.detach(), {name: p.grad for name, p in parameters.items()}
