"""What the pages of this topic have in common: a driver that turns formulas into functions and looks after x."""

import torch

from grader import driver

TYPE_AND_MUTATION = {
    "result.requires_grad": "type",
    "x": "mutation",
    "x.requires_grad": "mutation",
    "x.grad": "mutation",
}


NO_EXTREMES = "inf huge tiny large apart far"
"""Kinds of numbers of which exponentials and powers overflow, vanish or cancel."""

VECTOR_FORMULAS = ("2 * x.dot(x)", "x.prod()", "x[0] * x[1].exp()", "x.dot(x.cumsum(0))", "x.max()", "3 * x.sum()")


@driver
def of_formulas(function, *arguments, x_grad=None, calls=1):
    """Formulas become functions. x is the first tensor; given `x_grad`, it requires a gradient and holds this one.

    calls: how often it is asked at x; if more than once, it is asked elsewhere before.
    """

    def rosenbrock(x):
        return ((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2).sum()

    formulas = {
        "2 * x.dot(x)": lambda x: 2 * x.dot(x),
        "3 * x.sum()": lambda x: 3 * x.sum(),
        "x.exp().sum()": lambda x: x.exp().sum(),
        "x.exp().sum().log()": lambda x: x.exp().sum().log(),
        "x.prod()": lambda x: x.prod(),
        "x[0] * x[1].exp()": lambda x: x[0] * x[1].exp(),
        "(x ** 3).sum()": lambda x: (x**3).sum(),
        "x.dot(x.cumsum(0))": lambda x: x.dot(x.cumsum(0)),
        "rosenbrock(x)": rosenbrock,
        "(x.relu() ** 2).sum()": lambda x: (x.relu() ** 2).sum(),
        "x.abs().sum()": lambda x: x.abs().sum(),
        "x.relu().sum()": lambda x: x.relu().sum(),
        "x.max()": lambda x: x.max(),
        "x.outer(x.exp())": lambda x: x.outer(x.exp()),
        "x[0] * x[1:].exp()": lambda x: x[0] * x[1:].exp(),
        "x * x": lambda x: x * x,
        "x[1:] * x[:-1]": lambda x: x[1:] * x[:-1],
        "x.cumsum(0) ** 2": lambda x: x.cumsum(0) ** 2,
        "x.sum(0) ** 2": lambda x: x.sum(0) ** 2,
        "x.outer(x)": lambda x: x.outer(x),
        "torch.cat([x, x ** 2, x ** 3])": lambda x: torch.cat([x, x**2, x**3]),
        "torch.stack([x[0] * x[1], 5, x[2]])": lambda x: torch.stack([x[0] * x[1], x.new_tensor(5.0), x[2]]),
        "x.dot(x).reshape(1)": lambda x: x.dot(x).reshape(1),
        "torch.tensor([1.0, 2.0])": lambda x: x.new_tensor([1.0, 2.0]),
    }
    x = next(each for each in arguments if isinstance(each, torch.Tensor))
    if x_grad is not None:
        x.requires_grad_()
        x.grad = x_grad
    given = [formulas[each] if isinstance(each, str) else each for each in arguments]
    if calls > 1:  # whoever remembers an answer by the function has the wrong one now
        moved = 0.5 * x.detach() + 0.75
        function(*[moved if each is x else each for each in given])
    for _ in range(calls):
        result = function(*given)
    results = result if isinstance(result, (list, tuple)) else [result]
    tensors = [each for each in results if isinstance(each, torch.Tensor)]
    return {
        "result": result,
        "the results share memory": len({each.data_ptr() for each in tensors}) < len(tensors),
        "result.requires_grad": any(each.requires_grad for each in tensors),
        "x": x,
        "x.requires_grad": x.requires_grad,
        "x.grad": x.grad,
    }


def leaf_at(x):
    """A leaf of its own with the numbers of x."""
    return x.detach().clone().requires_grad_(True)
