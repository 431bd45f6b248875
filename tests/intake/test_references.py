"""What a function refers to, as its source tells: directly, through helpers, and behind imports."""

from __future__ import annotations

import pytest

from grader.intake.finding.definitions import definitions
from grader.intake.references import references, references_of, unwritten_among

SOFTMAX = "def softmax(X, dim):\n    return X\n"


def names(source: str, function: str = "f", **modules: str) -> list[str]:
    """What a function of the topic's file refers to, the nearest first."""
    sources = {"topic": source, **modules}
    return [".".join(reference.symbol) for reference in references(sources, ("topic", function))]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("def f(X):\n    return softmax(X, 0)", ["topic.softmax"]),
        ("def f(X):\n    return list(map(softmax, X))", ["topic.softmax"]),
        ("def g(X):\n    return softmax(X, 0)\ndef f(X):\n    return g(X)", ["topic.g", "topic.softmax"]),
        ("def f(X):\n    def g():\n        return softmax(X, 0)\n    return g()", ["topic.softmax"]),
        ("g = softmax\ndef f(X):\n    return g(X, 0)", ["topic.g", "topic.softmax"]),
        ("class f:\n    def softmax(self, X):\n        return softmax(X, 0)", ["topic.softmax"]),
        ("def f(X):\n    return softmax(X, 0)\ndef f(X):\n    return X", []),
        ("def f(X, softmax):\n    return softmax(X, 0)", []),
        ("def f(X):\n    softmax = X.exp\n    return softmax()", []),
        ("def f(X):\n    return X.softmax(0)", []),
        ("import torch\ndef f(X):\n    return torch.softmax(X, 0)", []),
        ("def f(X):\n    return softmax(X", []),
    ],
)
def test_names_are_looked_up_as_python_does_it(body: str, told: list[str]) -> None:
    """Locals, attributes and earlier definitions of a name are not what stands in the module."""
    assert names(f"{SOFTMAX}{body}") == told


@pytest.mark.parametrize(
    "body",
    [
        "from softmax import softmax\ndef f(X):\n    return softmax(X, 0)",
        "from softmax import softmax as s\ndef f(X):\n    return s(X, 0)",
        "from softmax import *\ndef f(X):\n    return softmax(X, 0)",
        "import softmax\ndef f(X):\n    return softmax.softmax(X, 0)",
        "import softmax as s\ndef f(X):\n    return s.softmax(X, 0)",
        "def f(X):\n    from softmax import softmax\n    return softmax(X, 0)",
        "from helpers import softmax\ndef f(X):\n    return softmax(X, 0)",
    ],
)
def test_imports_of_the_student_s_own_are_followed(body: str) -> None:
    """Whatever the import looks like, and where one module only passes a name on."""
    assert names(body, softmax=SOFTMAX, helpers="from softmax import softmax") == ["softmax.softmax"]


def test_circles_end() -> None:
    """Two modules that import a name from one another, two functions that call one another."""
    assert names("from a import g\ndef f():\n    return g()", a="from b import g", b="from a import g") == []
    assert names("def f():\n    return g()\ndef g():\n    return f()") == ["topic.g"]


def test_the_line_is_that_of_the_first_reference() -> None:
    """In the module that refers, and whether the function itself does."""
    source = f"{SOFTMAX}def g(X):\n    return softmax(X, 0)\n\ndef f(X):\n    return g(X) + g(X)\n"
    listed = references({"topic": source}, ("topic", "f"))
    assert [(reference.line, reference.direct) for reference in listed] == [(7, True), (4, False)]


def test_behind_an_end_nothing_is_looked_for() -> None:
    source = f"{SOFTMAX}def g(X):\n    return softmax(X, 0)\n\ndef f(X):\n    return g(X)\n"
    listed = references({"topic": source}, ("topic", "f"), ends=[("topic", "g")])
    assert [reference.symbol for reference in listed] == [("topic", "g")]


@pytest.mark.parametrize(
    ("helper", "line"),
    [
        ("def g(X): ...", 1),
        ("def g(X):\n    '''Doc.'''\n    pass", 3),
        ("def g(X):\n    raise NotImplementedError", 2),
        ("def g(X):\n    return X", None),
        ("class g(Exception):\n    pass", None),
    ],
)
def test_a_stub_among_what_is_called_is_found(helper: str, line: int | None) -> None:
    """By its source alone; a class without a body is no stub."""
    source = f"{helper}\nx = g(1)\n"
    (statement,) = definitions(source).bound["x"]
    listed = references_of({"topic": source}, "topic", [statement])
    assert unwritten_among({"topic": source}, listed) == (line and (("topic", "g"), line))
