"""What went in first comes out last; each layer turns the gradient of its output into that of its input."""

from itertools import pairwise

import torch
from _shared import AUTOGRAD, BY_HAND, linear_backward, relu_backward

from grader import Exercise, alternative, case, domain, first_attempt, misconception, reference

exercise = Exercise(
    book="sec_backprop",
    points=2,
    forbid=(*AUTOGRAD, "threshold_backward"),
    forbid_reason="The derivatives are the exercise: work them out on paper, and program them without autograd.",
    needs=("linear_backward", "relu_backward"),
    shares=BY_HAND,
    equivalent={"<= 'linear'": "the other kind, relu, comes later in the alphabet"},
)


@reference
def sequential_backward(layers, dY):
    gradients = []
    for layer in reversed(layers):
        if layer[0] == "linear":
            _, X, W = layer
            gradients.append((X.T @ dY, dY.sum(0)))
            dY = dY @ W.T
        else:
            gradients.append(None)
            dY = dY * (layer[1] > 0)
    return dY, gradients[::-1]


@alternative
def filled_from_the_end(layers, dY):
    gradients = [None] * len(layers)
    for i in range(len(layers) - 1, -1, -1):
        if layers[i][0] == "linear":
            _, X, W = layers[i]
            gradients[i] = (torch.einsum("nd,nq->dq", X, dY), torch.einsum("nq->q", dY))
            dY = torch.einsum("nq,dq->nd", dY, W)
        else:
            dY = torch.where(layers[i][1] > 0, dY, torch.zeros_like(dY))
    return dY, gradients


@alternative
def one_layer_and_the_rest(layers, dY):
    if not layers:
        return dY, []
    *rest, (kind, kept, *weights) = layers
    if kind == "relu":
        gradient, dX = None, relu_backward(dY, kept)
    else:
        dX, *gradient = linear_backward(dY, kept, *weights)
    dX, gradients = sequential_backward(rest, dX)
    return dX, [*gradients, gradient]


@alternative
def inserted_at_the_front(layers, dY):
    gradients = []
    for layer in layers[::-1]:
        if layer[0] == "linear":
            dY, dW, db = linear_backward(dY, layer[1], layer[2])
            gradients.insert(0, (dW, db))
        else:
            dY = dY.masked_fill(layer[1] <= 0, 0)
            gradients.insert(0, None)
    return dY, gradients


def network(draw, n, *sizes, last="linear"):
    """Layers of these sizes with a relu between two of them, as a forward pass leaves them behind."""
    X, layers = draw.normal(n, sizes[0]), []
    for d, q in pairwise(sizes):
        W = draw.normal(d, q)
        Z = X @ W + draw.normal(q)
        layers += [("linear", X, W), ("relu", Z)]
        X = Z.clamp(min=0)
    return layers if last == "relu" else layers[:-1]


@case
def two_layers_and_a_relu(draw):
    return network(draw, 4, 3, 5, 2), draw.normal(4, 2)


@case
def three_layers_and_a_relu_at_the_end(draw):
    return network(draw, 3, 2, 6, 4, 5, last="relu"), draw.normal(3, 5)


@case
def all_sizes_equal(draw):
    """No shape tells the first layer from the last."""
    return network(draw, 5, 5, 5, 5), draw.normal(5, 5)


@case
def a_relu_first(draw):
    Z = draw.normal(4, 3)
    return [("relu", Z), *network(draw, 4, 3, 2)], draw.normal(4, 2)


@case
def two_linear_layers_in_a_row(draw):
    X, V, W = draw.normal(5, 3), draw.normal(4, 3).T, draw.normal(4, 2)
    return [("linear", X, V), ("linear", X @ V, W)], draw.normal(5, 2)


@case(aspect="edge")
def a_single_linear_layer(draw):
    return network(draw, 4, 3, 2), draw.normal(4, 2)


@case(aspect="edge")
def a_single_relu(draw):
    """Some of its inputs are exactly 0."""
    return [("relu", draw.uniform(3, 4, low=1, high=2) * draw.tensor([1.0, 0.0, -1.0, 1.0]))], draw.normal(3, 4)


@case(aspect="edge", weight=0.5)
def no_layers(draw):
    return [], draw.normal(2, 3)


@case(aspect="edge")
def one_example(draw):
    return network(draw, 1, 2, 9, 3), draw.normal(1, 3)


def of_parameters(layer, dY):
    return (layer[1].T @ dY, dY.sum(0)) if layer[0] == "linear" else None


def of_input(layer, dY):
    return dY @ layer[2].T if layer[0] == "linear" else dY * (layer[1] > 0)


@domain(outside={"inf, huge, tiny": "products overflow or vanish"})
def any_stack(draw):
    n, size = draw.size(least=1), draw.size(least=1)
    layers = []
    for _ in range(draw.integer(0, 5)):
        kept = draw.any(n, size, without="inf huge tiny apart large far")
        if draw.pick(True, False):
            layers.append(("relu", kept))
        else:
            W = draw.normal(size, draw.size(least=1))
            layers.append(("linear", kept, W))
            size = W.shape[1]
    return layers, draw.any(n, size, without="inf huge tiny apart large far")


@misconception(
    "You start at the first layer, but dY belongs to the output of the last one. The gradient takes the layers "
    "the other way round.",
    "Walk through the layers backwards: for layer in reversed(layers).",
)
def first_layer_first(layers, dY):
    gradients = []
    for layer in layers:
        gradients.append(of_parameters(layer, dY))
        dY = of_input(layer, dY)
    return dY, gradients


@misconception(
    "Your gradients stand in the order in which you compute them, last layer first. gradients[i] should belong "
    "to layers[i].",
    "Reverse the list at the end, so that it is in forward order: gradients[::-1].",
)
def list_in_backward_order(layers, dY):
    dX, gradients = sequential_backward(layers, dY)
    return dX, gradients[::-1]


@misconception(
    "Every layer gets the gradient of the last layer's output. But each layer needs that of its own output, "
    "which is the input of the layer after it.",
    "After each layer replace dY by the gradient of its input: dY = dY @ W.T, or dY = dY * (Z > 0).",
)
def not_propagated(layers, dY):
    return dY, [of_parameters(layer, dY) for layer in layers]


@misconception(
    "You move the gradient on to the layer's input first, and compute dW and db from that. They need the "
    "gradient of the layer's output.",
    "Compute dW and db first, and move on afterwards: dY = dY @ W.T.",
)
def moved_on_too_early(layers, dY):
    gradients = []
    for layer in reversed(layers):
        dY = of_input(layer, dY)
        gradients.append(of_parameters(layer, dY))
    return dY, gradients[::-1]


@misconception(
    "You pass by the relu layers as if they did nothing. They have no parameters, but they shut out what was "
    "negative on the way forward.",
    "At a relu multiply by its gate: dY = dY * (Z > 0).",
)
def gates_forgotten(layers, dY):
    open_gates = [("relu", torch.ones_like(each[1])) if each[0] == "relu" else each for each in layers]
    return sequential_backward(open_gates, dY)


@misconception(
    "At a relu you set negative gradients to zero. The gate depends on Z, the input that the layer has stored, "
    "not on the gradient.",
    "Multiply by the gate of Z: dY = dY * (Z > 0).",
)
def gradient_rectified(layers, dY):
    gradients = []
    for layer in reversed(layers):
        gradients.append(of_parameters(layer, dY))
        dY = of_input(layer, dY) if layer[0] == "linear" else dY.clamp(min=0)
    return dY, gradients[::-1]


@misconception(
    "At exactly 0 you let the gradient through. relu has no derivative there, and by convention it is taken to be 0.",
    "Multiply by Z > 0, not by Z >= 0.",
    keeps="right wherever relu has a derivative",
)
def gates_open_at_zero(layers, dY):
    just_above = [("relu", each[1] + (each[1] == 0)) if each[0] == "relu" else each for each in layers]
    return sequential_backward(just_above, dY)


@misconception(
    "On the way back through a linear layer you multiply by W as it stands. Forwards W turns d features into q, "
    "so backwards q into d; square weights hide the difference.",
    "Transpose W: dY = dY @ W.T.",
)
def weights_not_transposed(layers, dY):
    gradients = []
    for layer in reversed(layers):
        gradients.append(of_parameters(layer, dY))
        dY = dY @ layer[2] if layer[0] == "linear" else of_input(layer, dY)
    return dY, gradients[::-1]


@misconception(
    "You stop before the first layer: your dX is the gradient of the first layer's output. The one of its input "
    "is asked for.",
    "Send the gradient through the first layer, too.",
)
def stopped_before_the_first_layer(layers, dY):
    _, gradients = sequential_backward(layers, dY)
    dX, _ = sequential_backward(layers[1:], dY)
    return dX, gradients


@misconception(
    "The list has no place for relu layers, so it is shorter than layers, and gradients[i] does not belong to "
    "layers[i].",
    "Append None for a relu layer.",
)
def relu_layers_left_out(layers, dY):
    dX, gradients = sequential_backward(layers, dY)
    return dX, [each for each in gradients if each is not None]


@misconception(
    "Your pairs are (db, dW). The stub asks for them in the other order.",
    "Return (dW, db) for each linear layer.",
)
def pairs_exchanged(layers, dY):
    dX, gradients = sequential_backward(layers, dY)
    return dX, [each and each[::-1] for each in gradients]


@misconception(
    "Your bias gradients are averages over the examples. A bias is added to every row, so every row sends a "
    "gradient back, and all count in full.",
    "Add the rows up: dY.sum(0).",
)
def biases_averaged(layers, dY):
    dX, gradients = sequential_backward(layers, dY)
    return dX, [each and (each[0], each[1] / len(dY)) for each in gradients]


@misconception(
    "You write into the caller's gradient where the last layer is a relu, and the caller still needs it.",
    "Make a new tensor: dY = dY * (Z > 0), not dY *= …",
    keeps="the answer is right",
)
def gradient_changed(layers, dY):
    gradients = []
    for layer in reversed(layers):
        gradients.append(of_parameters(layer, dY))
        if layer[0] == "linear":
            dY = of_input(layer, dY)
        else:
            dY *= layer[1] > 0
    return dY, gradients[::-1]


@misconception(
    "You reverse the caller's own list, and the caller finds the layers in another order than before.",
    "Use reversed(layers) or layers[::-1], which leave the list as it is.",
    keeps="the answer is right",
)
def list_reversed(layers, dY):
    layers.reverse()
    return sequential_backward(layers[::-1], dY)


@misconception(
    "Automatic differentiation worked your answer out, and doing that by hand is the exercise.",
    "Work the derivatives out on paper, with the chain rule, and program the formulas.",
)
def by_autograd(layers, dY):
    dX, gradients = dY, []
    for layer in reversed(layers):
        kept = [each.clone().requires_grad_() for each in layer[1:]]
        if layer[0] == "linear":
            b = torch.zeros_like(dX[0]).requires_grad_()
            dX, *pair = torch.autograd.grad(kept[0] @ kept[1] + b, (*kept, b), dX)
            gradients.insert(0, tuple(pair))
        else:
            (dX,) = torch.autograd.grad(kept[0].relu(), kept, dX)
            gradients.insert(0, None)
    return dX, gradients


@misconception(
    "b is one vector for all examples, and so is its gradient. Your gradient has a row for each example.",
    "Sum over the examples: dY.sum(0).",
)
def biases_not_summed(layers, dY):
    gradients = []
    for layer in reversed(layers):
        gradients.append((layer[1].T @ dY, dY) if layer[0] == "linear" else None)
        dY = of_input(layer, dY)
    return dY, gradients[::-1]


@misconception(
    "You add up over the examples and over the outputs, to one number. A bias has one entry for each output, and "
    "so has its gradient.",
    "Sum over the examples only, axis 0: dY.sum(0).",
)
def biases_summed_over_everything(layers, dY):
    dX, gradients = sequential_backward(layers, dY)
    return dX, [each and (each[0], each[1].sum()) for each in gradients]


@first_attempt("relu_layers_left_out", "list_in_backward_order")
def appended_where_there_is_something(layers, dY):
    dX, gradients = sequential_backward(layers, dY)
    return dX, [each for each in gradients if each is not None][::-1]


@misconception(
    "You unpack three parts of every layer. A relu layer has two, its kind and Z, for it has no weights.",
    "Ask for the kind first, layer[0], and unpack the rest afterwards: _, X, W = layer, or _, Z = layer.",
)
def unpacked_in_threes(layers, dY):
    gradients = []
    for kind, kept, W in reversed(layers):
        gradients.append(of_parameters((kind, kept, W), dY))
        dY = of_input((kind, kept, W), dY)
    return dY, gradients[::-1]
