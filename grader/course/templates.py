"""What a new course, topic and exercise begin with: sound as they are, and CHANGE marks what is the author's.

The example is a mean along an axis. `{name}` is the exercise's function.
"""

from __future__ import annotations

COURSE = """\
title = "{title}"  # CHANGE: what students read above everything
topics = []  # in the order of the course: each is a file beside this one

# [limits]
# question_seconds = 5  # docs/pages.md lists all limits
"""

TOPIC = '''\
"""{title}

CHANGE: say in a few lines what this topic is about.
"""
'''

IMPORTS = {"torch": ("import torch", "from torch import Tensor"), "numpy": ("import numpy as np",)}

STUB = '''\


def {name}(X: {array}, dim: int) -> {array}:
    """Average along one axis.

        y = (x[1] + x[2] + … + x[n]) / n

    CHANGE: the first line is the task, in one sentence; then the formula, what goes in, what comes out, an example.

    Args:
        X: numbers of any shape and floating dtype{device}; that axis has at least one of them.
        dim: the axis that is averaged over; may be negative.
    Returns:
        X's shape without that axis; dtype{device_too} as X.

    >>> {name}({module}.{make}([[1.0, 3.0]]), dim=1)
    {shown}
    """
    raise NotImplementedError
'''

PAGE = '''\
"""A sum is no mean: it grows with the size of the axis. CHANGE: what is the exercise about, for the next author?"""

from grader import Exercise, batch, case, domain, misconception, reference

exercise = Exercise(points=1, {option})  # CHANGE: docs/pages.md has all options


@reference
def {name}(X, dim):
    # CHANGE: the right solution. Its name and its parameters are those of the stub.
    return X.sum({axis}) / X.shape[dim]


@case
def columns_of_a_wide_matrix(draw):
    # CHANGE: each case draws arguments, and is called after what is special about them.
    return draw.normal(3, 5), 0


@case
def rows_from_the_back(draw):
    return draw.normal(4, 3), -1


@domain(outside={{"0 axes": "there is no dim", "size 0 along dim": "the mean of nothing"}})
def any_numbers(draw):
    # CHANGE: all that the stub allows; what no case covers of it is asked, too. Without a domain only cases are asked.
    X = draw.any(axes=(1, 4), without="inf")
    return X, draw.axis(X, least=1)


@batch
def more_rows(draw, n):
    # CHANGE: arguments with n examples. Work may not grow with n, so loops are seen. Without a batch they are allowed.
    return draw.normal(n, 3), 1


@misconception("That is the sum, which grows with the size of the axis.", "Divide it by X.shape[dim].")
def summed(X, dim):
    # CHANGE: what students get wrong, and what a tutor would say to it.
    return X.sum({axis})


@misconception("That divides by the size of another axis.", "The numbers that are added up are X.shape[dim].")
def by_the_first_size(X, dim):
    return X.sum({axis}) / len(X)
'''

WORDS = {
    "torch": {
        "array": "Tensor",
        "device": ", on any device",
        "device_too": " and device",
        "module": "torch",
        "make": "tensor",
        "shown": "tensor([2.])",
        "option": "gradients=True",
        "axis": "dim",
    },
    "numpy": {
        "array": "np.ndarray",
        "device": "",
        "device_too": "",
        "module": "np",
        "make": "array",
        "shown": "array([2.])",
        "option": 'arrays="numpy"',
        "axis": "axis=dim",
    },
}
