"""An autograd engine in miniature: contributions add up where a value is used twice, and each node is visited once."""

import math

import torch
from _shared import AUTOGRAD, BY_HAND

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

TENSORS = ("as_tensor", "from_numpy", "Parameter", "scalar_tensor", "tensor")

exercise = Exercise(
    book="sec_backprop",
    points=3,
    forbid=(*AUTOGRAD, *TENSORS),
    forbid_reason="Reverse accumulation is the exercise: go through the graph backwards, with Python numbers.",
    weights={"stability": 4},
    shares=BY_HAND,
    equivalent={"strict=False": "there is a local derivative for each argument"},
)


@reference
def reverse_mode(nodes, inputs):
    values = dict(inputs)
    for name, op, args in nodes:
        values[name] = COMPUTE[op](*(values[arg] for arg in args))
    derivatives = dict.fromkeys(values, 0.0)
    derivatives[nodes[-1][0]] = 1.0
    for name, op, args in reversed(nodes):
        for arg, local in zip(args, local_derivatives(values, name, op, args), strict=True):
            derivatives[arg] += derivatives[name] * local
    return {name: derivatives[name] for name in inputs}


COMPUTE = {
    "add": lambda u, v: u + v,
    "mul": lambda u, v: u * v,
    "neg": lambda u: -u,
    "relu": lambda u: max(u, 0.0),
    "exp": math.exp,
}


def local_derivatives(values, name, op, args):
    """One for each argument."""
    if op == "add":
        return 1.0, 1.0
    if op == "mul":
        return values[args[1]], values[args[0]]
    return ({"neg": -1.0, "relu": float(values[args[0]] > 0), "exp": values[name]}[op],)


@alternative
def one_branch_per_operation(nodes, inputs):
    v = {k: float(x) for k, x in inputs.items()}
    for n, op, a in nodes:
        x = [v[i] for i in a]
        if op == "add":
            v[n] = x[0] + x[1]
        elif op == "mul":
            v[n] = x[0] * x[1]
        elif op == "neg":
            v[n] = -x[0]
        elif op == "relu":
            v[n] = x[0] if x[0] > 0 else 0.0
        else:
            v[n] = math.exp(x[0])
    g = dict.fromkeys(v, 0.0)
    g[nodes[-1][0]] = 1.0
    for n, op, a in nodes[::-1]:
        if op == "add":
            g[a[0]] += g[n]
            g[a[1]] += g[n]
        elif op == "mul":
            g[a[0]] += g[n] * v[a[1]]
            g[a[1]] += g[n] * v[a[0]]
        elif op == "neg":
            g[a[0]] -= g[n]
        elif op == "relu":
            g[a[0]] += g[n] if v[a[0]] > 0 else 0.0
        else:
            g[a[0]] += g[n] * v[n]
    return {k: g[k] for k in inputs}


@alternative
def memoised_recursion_over_uses(nodes, inputs):
    values, uses = forward(nodes, inputs), {}
    for name, op, args in nodes:
        for arg, local in zip(args, local_derivatives(values, name, op, args), strict=True):
            uses.setdefault(arg, []).append((name, local))
    known = {nodes[-1][0]: 1.0}

    def derivative(name):
        if name not in known:
            known[name] = sum((local * derivative(user) for user, local in uses.get(name, [])), 0.0)
        return known[name]

    return {name: derivative(name) for name in inputs}


@alternative
def objects_that_know_their_way_back(nodes, inputs):
    class Value:
        def __init__(self, data, parents=()):
            self.data, self.parents, self.grad = data, parents, 0.0

        def backward(self):
            for parent, local in self.parents:
                parent.grad += local * self.grad

    values, graph = forward(nodes, inputs), {name: Value(data) for name, data in inputs.items()}
    for name, op, args in nodes:
        parents = zip([graph[arg] for arg in args], local_derivatives(values, name, op, args), strict=True)
        graph[name] = Value(values[name], tuple(parents))
    graph[nodes[-1][0]].grad = 1.0
    for value in reversed(graph.values()):
        value.backward()
    return {name: graph[name].grad for name in inputs}


def forward(nodes, inputs):
    values = dict(inputs)
    for name, op, args in nodes:
        values[name] = COMPUTE[op](*(values[arg] for arg in args))
    return values


def numbers(draw, *names, low=0.3, high=0.9):
    return {name: draw.uniform(low=low, high=high).item() for name in names}


@case
def a_square_and_its_root(draw):
    nodes = [("square", "mul", ("x", "x")), ("sum", "add", ("square", "x")), ("out", "exp", ("sum",))]
    return nodes, numbers(draw, "x")


@case
def all_five_operations(draw):
    nodes = [
        ("product", "mul", ("x", "y")),
        ("power", "exp", ("product",)),
        ("sum", "add", ("power", "x")),
        ("minus", "neg", ("sum",)),
        ("rest", "add", ("minus", "z")),
        ("open", "relu", ("rest",)),
        ("out", "mul", ("open", "product")),
    ]
    return nodes, numbers(draw, "x", "y") | {"z": 4 + draw.uniform().item()}


@case
def a_diamond(draw):
    """Two ways lead from a to the output, and both count."""
    nodes = [
        ("a", "exp", ("x",)),
        ("left", "neg", ("a",)),
        ("right", "mul", ("a", "y")),
        ("out", "mul", ("left", "right")),
    ]
    return nodes, numbers(draw, "x", "y")


@case
def a_closed_relu(draw):
    nodes = [("m", "neg", ("x",)), ("r", "relu", ("m",)), ("p", "mul", ("x", "y")), ("out", "add", ("p", "r"))]
    return nodes, numbers(draw, "x", "y")


@case
def an_open_relu_that_is_subtracted(draw):
    """The derivative of the output with respect to the relu is negative, and passes."""
    nodes = [
        ("open", "relu", ("x",)),
        ("minus", "neg", ("open",)),
        ("scaled", "mul", ("minus", "y")),
        ("p", "mul", ("x", "z")),
        ("out", "add", ("scaled", "p")),
    ]
    return nodes, numbers(draw, "x", "y", "z")


@case(aspect="edge")
def a_sum_with_itself(draw):
    nodes = [("twice", "add", ("x", "x")), ("minus", "neg", ("twice",)), ("out", "mul", ("minus", "y"))]
    return nodes, numbers(draw, "x", "y")


@case(aspect="edge")
def relu_at_zero(draw):
    nodes = [("r", "relu", ("x",)), ("p", "mul", ("r", "y")), ("q", "mul", ("x", "w")), ("out", "add", ("p", "q"))]
    return nodes, {"x": 0.0, **numbers(draw, "y", "w")}


@case(aspect="edge")
def an_input_that_nobody_uses(draw):
    nodes = [("p", "mul", ("b", "a")), ("m", "neg", ("p",)), ("out", "exp", ("m",))]
    return nodes, numbers(draw, "a", "unused", "b")


@case(aspect="edge")
def a_node_that_leads_nowhere(draw):
    """Only the last node counts, not every node without a user."""
    nodes = [
        ("s", "mul", ("x", "y")),
        ("aside", "exp", ("s",)),
        ("lost", "mul", ("aside", "z")),
        ("minus", "neg", ("s",)),
        ("out", "mul", ("minus", "w")),
    ]
    return nodes, numbers(draw, "x", "y", "z", "w")


@case(aspect="stability")
def a_small_power_beside_a_huge_number(draw):
    """Differences of the output drown in its rounding; derivatives are exact."""
    nodes = [
        ("p", "mul", ("x", "y")),
        ("e", "exp", ("p",)),
        ("square", "mul", ("e", "e")),
        ("out", "add", ("square", "far")),
    ]
    return nodes, numbers(draw, "x", "y") | {"far": 1e12}


@case(aspect="edge")
def a_billion_paths(draw):
    """Thirty doublings: a walk along each path would never end."""
    nodes, last = [], "x"
    for i in range(30):
        nodes += [(f"s{i}", "mul", (last, "c")), (f"t{i}", "add", (f"s{i}", f"s{i}"))]
        last = f"t{i}"
    return nodes, numbers(draw, "x", "c", low=0.55, high=0.65)


def swept(nodes, inputs, *, local=local_derivatives, combine=lambda old, upstream, local: old + upstream * local):
    """The sweep backwards with another local derivative, or another way to pass it on."""
    values = forward(nodes, inputs)
    derivatives = dict.fromkeys(values, 0.0) | {nodes[-1][0]: 1.0}
    for name, op, args in reversed(nodes):
        for arg, each in zip(args, local(values, name, op, args), strict=True):
            derivatives[arg] = combine(derivatives[arg], derivatives[name], each)
    return {name: derivatives[name] for name in inputs}


@domain(outside={"large exponents": "exp overflows"})
def any_graph(draw):
    count = draw.integer(1, 4)
    inputs = {
        "uvwx"[i]: draw.pick(draw.uniform(low=0.3, high=0.9).item(), -draw.uniform(low=0.3, high=0.9).item(), 0.0)
        for i in range(count)
    }
    nodes, values = [], dict(inputs)
    for i in range(draw.integer(1, 9)):
        names = list(values)
        op = draw.pick("add", "mul", "neg", "relu", "exp")
        args = tuple(draw.pick(*names, *names[-2:]) for _ in range(2 if op in ("add", "mul") else 1))
        value = COMPUTE[op](*(values[name] for name in args)) if op != "exp" or values[args[0]] < 2 else None
        draw.require(value is not None and abs(value) < 50)
        values[f"n{i}"] = value
        nodes.append((f"n{i}", op, args))
    return nodes, inputs


@misconception(
    "A value that is used in several places gets a contribution from each of them. You keep only the one that is "
    "written last.",
    "Add contributions up: += instead of =.",
)
def overwritten(nodes, inputs):
    return swept(nodes, inputs, combine=lambda old, upstream, local: upstream * local)


@misconception(
    "The derivative of u * v with respect to u is v, the other factor. You multiply by u itself.",
    "For u multiply by the value of v, and for v by that of u.",
)
def own_factor(nodes, inputs):
    def local(values, name, op, args):
        return local_derivatives(values, name, op, args)[::-1]

    return swept(nodes, inputs, local=local)


@misconception(
    "The derivative of exp(u) is exp(u). You multiply by u. The forward sweep has computed the right factor already.",
    "Multiply by the value of the node itself: values[name].",
)
def exponent_for_the_power(nodes, inputs):
    def local(values, name, op, args):
        return (values[args[0]],) if op == "exp" else local_derivatives(values, name, op, args)

    return swept(nodes, inputs, local=local)


@misconception(
    "At a negation you pass the derivative on as it is. A negation changes its sign.",
    "Pass on minus what comes in.",
)
def sign_lost(nodes, inputs):
    def local(values, name, op, args):
        return (1.0,) if op == "neg" else local_derivatives(values, name, op, args)

    return swept(nodes, inputs, local=local)


@misconception(
    "You pass the derivative through a relu whose input is negative. Such a relu is shut: its derivative is 0.",
    "Pass the derivative on only if the value of u is positive.",
    keeps="right where no relu is shut",
)
def relu_always_open(nodes, inputs):
    def local(values, name, op, args):
        return (1.0,) if op == "relu" else local_derivatives(values, name, op, args)

    return swept(nodes, inputs, local=local)


@misconception(
    "At exactly 0 you let the gradient through. relu has no derivative there, and by convention it is taken to be 0.",
    "Compare u > 0, not u >= 0.",
    keeps="right wherever relu has a derivative",
)
def relu_open_at_zero(nodes, inputs):
    def local(values, name, op, args):
        return (float(values[args[0]] >= 0),) if op == "relu" else local_derivatives(values, name, op, args)

    return swept(nodes, inputs, local=local)


@misconception(
    "You add up local derivatives alone. How much a node matters to the output is missing in them.",
    "Multiply each local derivative by the derivative of the node it belongs to: derivatives[arg] += "
    "derivatives[name] * local.",
)
def chain_rule_forgotten(nodes, inputs):
    return swept(nodes, inputs, combine=lambda old, upstream, local: old + local)


@misconception(
    "Your sweep for the derivatives runs in forward order, so a node passes its derivative on before it has "
    "received any.",
    "Start at the last node: for … in reversed(nodes).",
)
def swept_forwards(nodes, inputs):
    values = forward(nodes, inputs)
    derivatives = dict.fromkeys(values, 0.0) | {nodes[-1][0]: 1.0}
    for name, op, args in nodes:
        for arg, local in zip(args, local_derivatives(values, name, op, args), strict=True):
            derivatives[arg] += derivatives[name] * local
    return {name: derivatives[name] for name in inputs}


@misconception(
    "In x * x and x + x both arguments are the same, and you count them once. Each place in which x stands has a "
    "contribution of its own.",
    "Go through the arguments by position, not by name, and add a contribution for each.",
)
def equal_arguments_counted_once(nodes, inputs):
    values = forward(nodes, inputs)
    derivatives = dict.fromkeys(values, 0.0) | {nodes[-1][0]: 1.0}
    for name, op, args in reversed(nodes):
        for arg, local in dict(zip(args, local_derivatives(values, name, op, args), strict=True)).items():
            derivatives[arg] += derivatives[name] * local
    return {name: derivatives[name] for name in inputs}


@misconception(
    "You start with 1 at every node that nobody uses, so a node that leads nowhere counts as well. Only the last "
    "node is differentiated.",
    "Let all derivatives start at 0.0, and only that of the last node at 1.0.",
    keeps="right where everything leads to the last node",
)
def every_end_counts(nodes, inputs):
    values, used = forward(nodes, inputs), {arg for _, _, args in nodes for arg in args}
    derivatives = {name: float(name not in used) for name in values}
    for name, op, args in reversed(nodes):
        for arg, local in zip(args, local_derivatives(values, name, op, args), strict=True):
            derivatives[arg] += derivatives[name] * local
    return {name: derivatives[name] for name in inputs}


@misconception(
    "An input that no node uses is missing in your answer. Its derivative exists: it is zero.",
    "Let the derivative of every input start at 0.0.",
    keeps="every derivative that is there is right",
)
def unused_inputs_left_out(nodes, inputs):
    used = {arg for _, _, args in nodes for arg in args}
    return {name: each for name, each in reverse_mode(nodes, inputs).items() if name in used}


@misconception(
    "Your answer holds intermediate nodes as well. Only the derivatives of the inputs are asked for.",
    "Return {name: derivatives[name] for name in inputs}; if you keep values in inputs itself, copy it first: "
    "dict(inputs).",
)
def nodes_in_the_answer(nodes, inputs):
    values = forward(nodes, inputs)
    derivatives = dict.fromkeys(values, 0.0) | {nodes[-1][0]: 1.0}
    for name, op, args in reversed(nodes):
        for arg, local in zip(args, local_derivatives(values, name, op, args), strict=True):
            derivatives[arg] += derivatives[name] * local
    return derivatives


@misconception(
    "Differences of two outputs are not accurate enough: they drown in rounding, and at a kink they take the "
    "mean of both sides.",
    "Multiply and add local derivatives, in one sweep backwards through the graph.",
)
def finite_differences(nodes, inputs):
    def output(name, step):
        return forward(nodes, inputs | {name: inputs[name] + step})[nodes[-1][0]]

    return {name: (output(name, 1e-5) - output(name, -1e-5)) / 2e-5 for name in inputs}


@misconception(
    "Automatic differentiation worked your answer out, and building it is the exercise.",
    "Sweep forwards and backwards in plain Python, with numbers instead of tensors.",
)
def by_autograd(nodes, inputs):
    leaves = {name: torch.tensor(x, dtype=torch.float64).requires_grad_() for name, x in inputs.items()}
    values = dict(leaves)
    for name, op, args in nodes:
        values[name] = getattr(torch, op)(*(values[arg] for arg in args))
    values[nodes[-1][0]].backward()
    return {name: 0.0 if x.grad is None else x.grad.item() for name, x in leaves.items()}


@misconception(
    "Your gate of relu depends on the sign of the derivative that comes in. relu is open or shut by the value of "
    "its input u, on the way back as on the way forward.",
    "Ask for the value of u: pass the derivative on, whatever its sign, if values[u] > 0.",
    keeps="right where no negative derivative meets a relu",
)
def relu_gate_of_the_derivative(nodes, inputs):
    values = forward(nodes, inputs)
    derivatives = dict.fromkeys(values, 0.0) | {nodes[-1][0]: 1.0}
    for name, op, args in reversed(nodes):
        for arg, local in zip(args, local_derivatives(values, name, op, args), strict=True):
            derivatives[arg] += max(derivatives[name], 0.0) if op == "relu" else derivatives[name] * local
    return {name: derivatives[name] for name in inputs}


@first_attempt("overwritten", "nodes_in_the_answer")
def all_that_was_written(nodes, inputs):
    values = forward(nodes, inputs)
    derivatives = dict.fromkeys(values, 0.0) | {nodes[-1][0]: 1.0}
    for name, op, args in reversed(nodes):
        for arg, local in zip(args, local_derivatives(values, name, op, args), strict=True):
            derivatives[arg] = derivatives[name] * local
    return derivatives
