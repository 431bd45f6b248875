"""Answers to the exercises of backprop, written from the stubs alone."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

Node = tuple[str, str, tuple[str, ...]]
Layer = tuple[str, Tensor, Tensor] | tuple[str, Tensor]
Gradients = list[tuple[Tensor, Tensor] | None]


def linear_backward__matrices(dY: Tensor, X: Tensor, W: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return dY @ W.T, X.T @ dY, dY.sum(0)


def linear_backward__einsum(dY: Tensor, X: Tensor, W: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    dX = torch.einsum("nq,dq->nd", dY, W)
    dW = torch.einsum("nd,nq->dq", X, dY)
    db = dY.new_ones(dY.shape[0]) @ dY
    return dX, dW, db


def wrong_linear_backward__square_weights(dY: Tensor, X: Tensor, W: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    dX = dY @ W if W.shape[0] == W.shape[1] else dY @ W.T
    return dX, X.T @ dY, dY.sum(0)


def wrong_linear_backward__mean(dY: Tensor, X: Tensor, W: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    n = max(len(X), 1)
    return dY @ W.T, X.T @ dY / n, dY.sum(0) / n


def relu_backward__where(dY: Tensor, Z: Tensor) -> Tensor:
    return torch.where(Z > 0, dY, torch.zeros_like(dY))


def relu_backward__masked(dY: Tensor, Z: Tensor) -> Tensor:
    return dY.masked_fill(Z <= 0, 0.0)


def relu_backward__sign(dY: Tensor, Z: Tensor) -> Tensor:
    return dY * torch.sign(Z).clamp(min=0)


def wrong_relu_backward__open_at_zero(dY: Tensor, Z: Tensor) -> Tensor:
    return dY * (Z >= 0)


def wrong_relu_backward__half_at_zero(dY: Tensor, Z: Tensor) -> Tensor:
    return dY * torch.heaviside(Z, torch.tensor(0.5, dtype=Z.dtype))


def wrong_relu_backward__of_tiny(dY: Tensor, Z: Tensor) -> Tensor:
    return dY * (Z > 1e-8)


def sigmoid_backward__both_sides(dY: Tensor, Z: Tensor) -> Tensor:
    return dY * torch.sigmoid(Z) * torch.sigmoid(-Z)


def sigmoid_backward__of_the_distance(dY: Tensor, Z: Tensor) -> Tensor:
    small = torch.exp(-Z.abs())
    return dY * (small / (1 + small) ** 2)


def sigmoid_backward__cosh(dY: Tensor, Z: Tensor) -> Tensor:
    return dY * (0.5 / torch.cosh(Z / 2)) ** 2


def wrong_sigmoid_backward__tanh(dY: Tensor, Z: Tensor) -> Tensor:
    return dY * (1 - torch.tanh(Z / 2) ** 2) / 4


def wrong_sigmoid_backward__one_minus(dY: Tensor, Z: Tensor) -> Tensor:
    Y = torch.sigmoid(Z)
    return dY * Y * (1 - Y)


def wrong_sigmoid_backward__one_minus_in_float64(dY: Tensor, Z: Tensor) -> Tensor:
    Y = torch.sigmoid(Z.double())
    return (dY * Y * (1 - Y)).to(dY.dtype)


def wrong_sigmoid_backward__overflows(dY: Tensor, Z: Tensor) -> Tensor:
    e = torch.exp(-Z)
    return dY * e / (1 + e) ** 2


def mlp_grads__matrices(
    X: Tensor, y: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    n = len(y)
    rows = torch.arange(n, device=y.device)
    Z = X @ W1 + b1
    H = Z.clamp(min=0)
    scores = H @ W2 + b2
    shifted = scores - scores.max(1, keepdim=True).values
    weights = shifted.exp()
    total = weights.sum(1, keepdim=True)
    loss = (total.log().squeeze(1) - shifted[rows, y]).mean()
    G = weights / total
    G[rows, y] -= 1
    dW2, db2, dH = linear_gradients(G / n, H, W2)
    dW1, db1, _ = linear_gradients(dH * (Z > 0), X, W1)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


def linear_gradients(dY: Tensor, X: Tensor, W: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return X.T @ dY, dY.sum(0), dY @ W.T


def mlp_grads__einsum(
    X: Tensor, y: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    H = torch.relu(torch.addmm(b1, X, W1))
    scores = torch.addmm(b2, H, W2)
    target = torch.eye(len(b2), dtype=X.dtype, device=X.device)[y]
    scores = scores - torch.einsum("nq,nq->n", scores, target)[:, None]  # the true class is at 0
    largest = scores.amax(1, keepdim=True)
    logs = largest + (scores - largest).exp().sum(1, keepdim=True).log()
    d_scores = ((scores - logs).exp() - target) / X.shape[0]
    d_hidden = torch.einsum("nq,hq->nh", d_scores, W2) * torch.sign(H)
    return logs.mean(), {
        "b2": torch.einsum("nq->q", d_scores),
        "W2": torch.einsum("nh,nq->hq", H, d_scores),
        "b1": torch.einsum("nh->h", d_hidden),
        "W1": torch.einsum("nd,nh->dh", X, d_hidden),
    }


def _mlp(
    X: Tensor, y: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor, mistake: str
) -> tuple[Tensor, dict[str, Tensor]]:
    n = len(y)
    Z = X @ W1 + b1
    H = torch.relu(Z)
    S = H @ W2 + b2
    S = S - S.amax(1, keepdim=True)
    P = S.exp() / S.exp().sum(1, keepdim=True)
    hot = torch.eye(S.shape[1], dtype=X.dtype, device=X.device)[y]
    logs = (P + 1e-12).log() if mistake == "epsilon" else S - S.exp().sum(1, keepdim=True).log()
    G = (P - hot) / n
    dH = G @ W2.T
    dZ = dH * (Z >= 0 if mistake == "kink" else Z > 0)
    if mistake == "open":
        dZ = dH
    grads = {"W1": X.T @ dZ, "b1": dZ.sum(0), "W2": (Z if mistake == "before" else H).T @ G, "b2": G.sum(0)}
    return -(logs * hot).sum(1).mean(), grads


def wrong_mlp_grads__open_at_zero(
    X: Tensor, y: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    return _mlp(X, y, W1, b1, W2, b2, "kink")


def wrong_mlp_grads__stray_epsilon(
    X: Tensor, y: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    return _mlp(X, y, W1, b1, W2, b2, "epsilon")


def wrong_mlp_grads__before_the_relu(
    X: Tensor, y: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    return _mlp(X, y, W1, b1, W2, b2, "before")


def _forwards(nodes: list[Node], inputs: dict[str, float]) -> dict[str, float]:
    values = dict(inputs)
    for name, operation, given in nodes:
        u = values[given[0]]
        if operation == "add":
            values[name] = u + values[given[1]]
        elif operation == "mul":
            values[name] = u * values[given[1]]
        else:
            values[name] = {"neg": lambda u: -u, "relu": lambda u: max(u, 0.0), "exp": math.exp}[operation](u)
    return values


def reverse_mode__sweeps(nodes: list[Node], inputs: dict[str, float]) -> dict[str, float]:
    values = _forwards(nodes, inputs)
    bar = dict.fromkeys(values, 0.0)
    bar[nodes[-1][0]] = 1.0
    for name, operation, given in reversed(nodes):
        upstream = bar[name]
        if operation == "add":
            bar[given[0]] += upstream
            bar[given[1]] += upstream
        elif operation == "mul":
            u, v = given
            bar[u] += upstream * values[v]
            bar[v] += upstream * values[u]
        elif operation == "neg":
            bar[given[0]] -= upstream
        elif operation == "exp":
            bar[given[0]] += upstream * values[name]
        elif values[given[0]] > 0:
            bar[given[0]] += upstream
    return {name: bar[name] for name in inputs}


def reverse_mode__tape(nodes: list[Node], inputs: dict[str, float]) -> dict[str, float]:
    slopes = {
        "add": lambda u, v: (1.0, 1.0),
        "mul": lambda u, v: (v, u),
        "neg": lambda u: (-1.0,),
        "relu": lambda u: (float(u > 0),),
        "exp": lambda u: (math.exp(u),),
    }
    values = _forwards(nodes, inputs)
    tape = [(name, list(zip(given, slopes[op](*(values[g] for g in given)), strict=True))) for name, op, given in nodes]
    adjoint: dict[str, float] = {tape[-1][0]: 1.0}
    while tape:
        name, edges = tape.pop()
        if name in adjoint:
            for source, slope in edges:
                adjoint[source] = adjoint.get(source, 0.0) + adjoint[name] * slope
    return {name: adjoint.get(name, 0.0) for name in inputs}


def wrong_reverse_mode__twice_in_one_node(nodes: list[Node], inputs: dict[str, float]) -> dict[str, float]:
    values = _forwards(nodes, inputs)
    bar = dict.fromkeys(values, 0.0)
    bar[nodes[-1][0]] = 1.0
    for name, op, given in reversed(nodes):
        slopes = {
            "neg": {given[0]: -1.0},
            "relu": {given[0]: float(values[given[0]] > 0)},
            "exp": {given[0]: values[name]},
        }
        slopes |= {
            "add": dict.fromkeys(given, 1.0),
            "mul": dict(zip(given, [values[g] for g in reversed(given)], strict=True)),
        }
        for each, slope in slopes[op].items():
            bar[each] += bar[name] * slope
    return {name: bar[name] for name in inputs}


def wrong_reverse_mode__open_at_zero(nodes: list[Node], inputs: dict[str, float]) -> dict[str, float]:
    values = _forwards(nodes, inputs)
    bar = dict.fromkeys(values, 0.0)
    bar[nodes[-1][0]] = 1.0
    for name, op, given in reversed(nodes):
        u, v = given[0], given[-1]
        if op == "mul":
            bar[u] += bar[name] * values[v]
            bar[v] += bar[name] * values[u]
        elif op == "add":
            bar[u] += bar[name]
            bar[v] += bar[name]
        else:
            bar[u] += bar[name] * {"neg": -1.0, "relu": float(values[u] >= 0), "exp": values[name]}[op]
    return {name: bar[name] for name in inputs}


def wrong_reverse_mode__differences(nodes: list[Node], inputs: dict[str, float]) -> dict[str, float]:
    def last(moved: dict[str, float]) -> float:
        return _forwards(nodes, moved)[nodes[-1][0]]

    h = 1e-6
    return {k: (last({**inputs, k: v + h}) - last({**inputs, k: v - h})) / (2 * h) for k, v in inputs.items()}


def sequential_backward__reversed(layers: list[Layer], dY: Tensor) -> tuple[Tensor, Gradients]:
    gradients: Gradients = []
    for kind, *kept in reversed(layers):
        if kind == "linear":
            X, W = kept
            dY, dW, db = linear_backward__matrices(dY, X, W)
            gradients.insert(0, (dW, db))
        else:
            dY = relu_backward__where(dY, kept[0])
            gradients.insert(0, None)
    return dY, gradients


def sequential_backward__recursive(layers: list[Layer], dY: Tensor) -> tuple[Tensor, Gradients]:
    if not layers:
        return dY, []
    *before, last = layers
    if last[0] == "relu":
        here, dX = None, dY * (last[1] > 0)
    else:
        here, dX = (torch.einsum("nd,nq->dq", last[1], dY), dY.sum(dim=0)), torch.einsum("nq,dq->nd", dY, last[2])
    dX, rest = sequential_backward__recursive(before, dX)
    return dX, [*rest, here]


def wrong_sequential_backward__backward_order(layers: list[Layer], dY: Tensor) -> tuple[Tensor, Gradients]:
    dX, gradients = sequential_backward__reversed(layers, dY)
    return dX, gradients[::-1]


def wrong_sequential_backward__no_none(layers: list[Layer], dY: Tensor) -> tuple[Tensor, Gradients]:
    dX, gradients = sequential_backward__reversed(layers, dY)
    return dX, [each for each in gradients if each is not None]


def wrong_sequential_backward__open_at_zero(layers: list[Layer], dY: Tensor) -> tuple[Tensor, Gradients]:
    gradients: Gradients = []
    for layer in reversed(layers):
        if layer[0] == "linear":
            gradients.append((layer[1].T @ dY, dY.sum(0)))
            dY = dY @ layer[2].T
        else:
            gradients.append(None)
            dY = dY * (layer[1] >= 0)
    return dY, gradients[::-1]


Function = Callable[[Tensor], Tensor]


def grad_check__entry_by_entry(f: Function, g: Function, x: Tensor) -> bool:
    h, z = 1e-5, x.detach().to(torch.float64).contiguous().clone()
    claimed = g(z.clone())
    if claimed.shape != z.shape or torch.isnan(claimed).any():
        return False
    N = torch.zeros_like(z)
    for i in range(z.numel()):
        up, down = z.clone(), z.clone()
        up.view(-1)[i] += h
        down.view(-1)[i] -= h
        N.view(-1)[i] = (float(f(up)) - float(f(down))) / (2 * h)
    return _length(claimed - N) <= 1e-4 * (_length(claimed) + _length(N))


def _length(t: Tensor) -> float:
    return float(t.double().square().sum().sqrt())


def grad_check__along_a_basis(f: Function, g: Function, x: Tensor) -> bool:
    z = x.detach().double()
    steps = 1e-5 * torch.eye(z.numel(), dtype=torch.float64, device=z.device).reshape(z.numel(), *z.shape)
    slopes = [((f(z + e) - f(z - e)) / 2e-5).to(torch.float64) for e in steps]
    claimed, N = g(z.clone()), torch.stack(slopes).reshape(z.shape)
    if claimed.shape != x.shape:
        return False
    distance = torch.linalg.vector_norm(claimed - N)
    return bool(distance <= 1e-4 * (torch.linalg.vector_norm(claimed) + torch.linalg.vector_norm(N)))


def _checked(
    f: Function, g: Function, z: Tensor, h: float, slack: float = 0.0, sides: int = 2, shape: bool = True
) -> bool:
    claimed = g(z.clone())
    if shape and claimed.shape != z.shape:
        return False
    steps = h * torch.eye(z.numel(), dtype=z.dtype, device=z.device).reshape(z.numel(), *z.shape)
    below = [f(z - e) if sides == 2 else f(z) for e in steps]
    N = torch.stack([(f(z + e) - low) / (sides * h) for e, low in zip(steps, below, strict=True)]).reshape(z.shape)
    return _length(claimed - N) <= 1e-4 * (_length(claimed) + _length(N)) + slack


def wrong_grad_check__dtype_of_x(f: Function, g: Function, x: Tensor) -> bool:
    return _checked(f, g, x.detach().clone(), 1e-5)


def wrong_grad_check__one_sided(f: Function, g: Function, x: Tensor) -> bool:
    return _checked(f, g, x.detach().double(), 1e-5, sides=1)


def wrong_grad_check__stray_epsilon(f: Function, g: Function, x: Tensor) -> bool:
    return _checked(f, g, x.detach().double(), 1e-5, slack=1e-8)


def wrong_grad_check__broadcast(f: Function, g: Function, x: Tensor) -> bool:
    return _checked(f, g, x.detach().double(), 1e-5, shape=False)


def wrong_grad_check__bent(f: Function, g: Function, x: Tensor) -> bool:
    return _checked(f, g, x.detach().double(), 1e-3)


def wrong_grad_check__drowned(f: Function, g: Function, x: Tensor) -> bool:
    return _checked(f, g, x.detach().double(), 1e-11)


def linear_backward__sure_that_nothing_is_recorded(dY: Tensor, X: Tensor, W: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Whoever asks whether a gradient is required, or takes the wish away, differentiates nothing."""
    assert not dY.requires_grad
    X = X.detach().requires_grad_(False)
    return dY @ W.T, X.T @ dY, dY.sum(0)
