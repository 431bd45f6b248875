"""Mistakes of beginners, and the sentences that they read: true, with where, expected, got and what to do."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from functools import cache

import pytest

from grader.grading.exercise import judged
from grader.intake.notebook import notebook_of
from grader.keymaking.keymaker import make_exercise_key
from grader.model.keys.key import ExerciseKey
from grader.model.question import Failed
from grader.model.result import ExerciseResult, Verdict
from grader.report.explanation import explanation, note_of
from grader.runner.module import load
from grader.runner.respond import respond
from tests.helpers.pages import page_of

PAGE = """
    exercise = Exercise(gradients=True)
    @reference
    def f(X, dim, keepdim=False):
        return (X * X).sum(dim, keepdim=keepdim)
    @case
    def some(draw):
        return draw.tensor([[1.0, 2.0], [3.0, -4.0]]), 1
"""
CALL = "f(tensor([[1, 2], [3, -4]]), 1)"
PAIR = """
    @reference
    def f(x):
        return [x, 2 * x, 3 * x]
    @case
    def some(draw):
        return draw.tensor([1.0, 2.0])
"""
DRIVEN = """
    @reference
    def f(n):
        return iter(range(n))
    @driver
    def drive(function, n):
        items = function(n)
        return {"an iterator": hasattr(items, "__next__"), "the items": list(items)}
    @case
    def some(draw):
        return 3
"""


@pytest.fixture(scope="module")
def key_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ExerciseKey]:
    """The key of a page, made once."""

    return cache(lambda text: make_exercise_key(page_of(tmp_path_factory.mktemp("pages"), text), 1))


def result_of_notebook(key: ExerciseKey, *cells: str) -> ExerciseResult:
    """What becomes of a notebook with these cells."""
    notebook = notebook_of(["import torch", *cells])
    module = load(notebook.module, "topic")
    assert not isinstance(module, Failed)
    answers = [respond(module.namespace, question) for question in key.questions]
    return judged(key, notebook.text, answers, notebook)


def result_of(key: ExerciseKey, body: str) -> ExerciseResult:
    """What becomes of a module whose text begins with `import torch`."""
    source = "import torch\n" + textwrap.dedent(body)
    module = load(source, "topic")
    if isinstance(module, Failed):
        answers = [module] * len(key.questions)
    else:
        answers = [respond(module.namespace, question) for question in key.questions]
    return judged(key, source, answers)


def first(result: ExerciseResult) -> str:
    check = result.first_failure
    assert check is not None
    return explanation(check)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "def f(X, dim, keepdim=False):\n    Y = (X * X).sum(dim)",
            f"{CALL}\nexpected a tensor, got None\n"
            "Your function ends without a return, so it gives None. Return the result.",
        ),
        (
            "def f(X, dim, keepdim=False):\n    print((X * X).sum(dim))",
            f"{CALL}\nexpected a tensor, got None\n"
            "The result is printed in line 3, not returned, so the function gives None. Return it.",
        ),
        (
            "def f(X, dim, keepdim=False):\n    if keepdim:\n        return (X * X).sum(dim, keepdim=True)",
            f"{CALL}\nexpected a tensor, got None\n"
            "One way through your function reaches its end without a return, and gives None there.",
        ),
        (
            "def f(X, dim, keepdim=False):\n    return (X * X).sum(dim).tolist()",
            f"{CALL}\nexpected a tensor, got a list\n"
            "A Python list came back. Build the answer as a tensor, for instance with torch.stack.",
        ),
        (
            "def f(X, dim, keepdim=False):\n    return (X * X).sum(dim).detach().numpy()",
            f"{CALL}\nexpected a tensor, got a numpy.ndarray\n"
            "A NumPy array came back. Return a tensor: stay with torch's functions, and leave out .numpy().",
        ),
        (
            "def f(dim, X, keepdim=False):\n    return torch.zeros(2) + dim.sum()",
            None,
        ),
        (
            "def f(dim, X, keepdim=False):\n    return (X * X).sum(dim)",
            None,
        ),
        (
            "def f(X, dim, keepdim=False):\n    return X.sum().item()",
            f"{CALL}\nexpected shape (2,), got ()",
        ),
        (
            "def f(X):\n    return X",
            "every call raised TypeError: f() takes 1 positional argument but 2 were given\n"
            "It should be f(X, dim, keepdim=False).",
        ),
        (
            "def f(X, dim, keepdim=False):\n    return X - X.max(dim)",
            "every call raised TypeError: unsupported operand type(s) for -: 'Tensor' and 'torch.return_types.max'"
            " (line 3)\n    return X - X.max(dim)\nmax along a dim returns a pair, (values, indices). Take .values of it.",
        ),
        (
            "def square(X):\n    return X @ X[0, 0]\ndef f(X, dim, keepdim=False):\n    return square(X).sum(dim)",
            "every call raised RuntimeError: both arguments to matmul need to be at least 1D, but they are 2D and 0D"
            " (line 3)\n    return X @ X[0, 0]\nThat line is in square, which your function calls.",
        ),
        (
            "def f(X, dim, keepdim=False):\n    return helper(X).sum(dim)\ndef helper(X):\n    raise NotImplementedError",
            "it calls helper, which is not written yet (line 5): write that first",
        ),
        (
            "def f(X, dim, keepdim=False):\n    Y = (X * X).sum(dim)\n    raise NotImplementedError('todo')\n    return Y",
            "line 4 still raises NotImplementedError: delete it once the code above it is finished",
        ),
        (
            "def f(X, dim, keepdim=False):\n    return torch.linalg.svdvals(X.half())",
            "",
        ),
        (
            "def f(X, dim, keepdim=False):\n    from scipy import never_there\n    return X",
            "every call raised ModuleNotFoundError: No module named 'scipy' (line 3)\n    from scipy import never_there",
        ),
        (
            "def f(X, dim, keepdim=False):\n    total = (X * X).sum(dim)\n    return totl",
            "every call raised NameError: name 'totl' is not defined. Did you mean total? (line 4)\n    return totl",
        ),
        (
            "def f(X, dim, keepdim=False):\n    return X * math.pi",
            "every call raised NameError: name 'math' is not defined. Did you forget to import math? (line 3)\n"
            "    return X * math.pi",
        ),
        (
            "def f(X, dim, keepdim=False):\n    largest = X.max(dim)\n    return (largest == 1).float()",
            "every call raised AttributeError: 'bool' object has no attribute 'float' (line 4)\n"
            "    return (largest == 1).float()\nmax along a dim returns a pair, (values, indices). Take .values of it.",
        ),
    ],
)  # fmt: skip
def test_what_a_beginner_reads(key_of: Callable[[str], ExerciseKey], body: str, words: str | None) -> None:
    """The sentence is true of the code, and says what to do."""
    said = first(result_of(key_of(PAGE), body))
    if words is None:
        assert said.endswith("\nIt should be f(X, dim, keepdim=False).")  # parameters in another order
    elif words:
        assert said == words
    else:  # torch's own NotImplementedError, quoted: the function is written
        assert said.startswith("every call raised ") and "not implemented for 'Half'" in said
        assert "not written" not in said


SAID = "it calls stable, which is not written yet (line {}): write that first"


@pytest.mark.parametrize(
    ("stub", "use", "line"),
    [
        ("def stable(X): ...", "return stable(X).sum(dim)", 2),
        ("def stable(X):\n    '''Doc.'''\n    pass", "return stable(X).sum(dim)", 4),
        ("def stable(X):\n    '''Doc.'''\n    pass", "return stable(X) * X", 4),
        ("def stable(X): ...", "return torch.exp(stable(X))", 2),
        ("def stable(X): ...", "a, b = stable(X)\n    return a", 2),
        ("def stable(X): ...", "return stable(X)", 2),
        ("def stable(X): ...\ndef helper(X):\n    return stable(X).exp()", "return helper(X)", 2),
        ("def stable(X):\n    raise NotImplementedError", "return stable(X)", 3),
    ],
)
def test_an_unwritten_helper_is_named_whatever_its_stub_gives(
    key_of: Callable[[str], ExerciseKey], stub: str, use: str, line: int
) -> None:
    """It need not raise: a stub that gives None is as unwritten, and so it is in the cells of a notebook."""
    function = f"def f(X, dim, keepdim=False):\n    {use}"
    assert first(result_of(key_of(PAGE), f"{stub}\n{function}")).removeprefix(f"{CALL}\n") == SAID.format(line)
    in_cells = result_of_notebook(key_of(PAGE), "a = 1", stub, function)
    assert first(in_cells).removeprefix(f"{CALL}\n") == SAID.format(line - 1)


def test_a_stub_that_is_not_called_is_not_named(key_of: Callable[[str], ExerciseKey]) -> None:
    """What is None there came from elsewhere."""
    body = "def stable(X): ...\ndef f(X, dim, keepdim=False):\n    Y = X.grad\n    return Y.sum(dim)"
    said = first(result_of(key_of(PAGE), body))
    assert "stable" not in said and "Something in that line is None" in said


UNCALLED = "is a function that is not called: add () to call it."


@pytest.mark.parametrize(
    ("use", "words"),
    [
        ("return (X * X).sum(dim).sqrt", f"{CALL}\nexpected a tensor, got a builtin_function_or_method\n    return (X * X).sum(dim).sqrt\nsqrt in line 3 {UNCALLED}"),
        ("return torch.exp", f"{CALL}\nexpected a tensor, got a builtin_function_or_method\n    return torch.exp\nexp in line 3 {UNCALLED}"),
        (
            "return X / X.sum",
            "every call raised TypeError: unsupported operand type(s) for /: 'Tensor' and 'builtin_function_or_method' (line 3)\n"
            f"    return X / X.sum\nSomething in line 3 {UNCALLED}",
        ),
    ],
)  # fmt: skip
def test_a_function_that_is_not_called(key_of: Callable[[str], ExerciseKey], use: str, words: str) -> None:
    """Returned or computed with."""
    assert first(result_of(key_of(PAGE), f"def f(X, dim, keepdim=False):\n    {use}")) == words


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("return torch.tensor(X.tolist()).square().sum(dim)", 3, "torch.tensor(…) in line 3 copies numbers and forgets where they came from. Use the tensor itself."),
        ("return (X * X).sum(dim).detach()", 3, ".detach() in line 3 cuts the answer off from what it was computed from."),
        ("return (X.data * X).sum(dim).data", 3, ".data in line 3 cuts the answer off from what it was computed from."),
        ("with torch.no_grad():\n        return (X * X).sum(dim)", 3, "torch.no_grad() in line 3 cuts the answer off from what it was computed from."),
        ("return torch.from_numpy(X.detach().numpy() ** 2).sum(dim)", 3, "NumPy cannot carry gradients in line 3, and .detach() would only hide that. Use torch's functions."),
        ("return torch.as_tensor((X * X).sum(dim).detach().numpy())", 3, "NumPy cannot carry gradients in line 3, and .detach() would only hide that. Use torch's functions."),
        ("return torch.as_tensor([float(row) for row in (X * X).sum(dim)])", 3, "torch.as_tensor(…) in line 3 copies numbers and forgets where they came from. Use the tensor itself."),
    ],
)  # fmt: skip
def test_what_cuts_a_gradient_off_is_named(
    key_of: Callable[[str], ExerciseKey], body: str, line: int, words: str
) -> None:
    """With its line, where the function holds it."""
    result = result_of(key_of(PAGE), f"def f(X, dim, keepdim=False):\n    {body}")
    assert first(result) == f"{CALL}\nno gradient with respect to X: the answer is detached from it\n{words}"


def test_a_number_of_the_math_module(key_of: Callable[[str], ExerciseKey]) -> None:
    """`math.sqrt` of a tensor gives a number of Python's, as `float` does."""
    page = """
    exercise = Exercise(gradients=True)
    @reference
    def f(x):
        return (x * x).sum().sqrt()
    @case
    def some(draw):
        return draw.tensor([3.0, 4.0])
"""
    said = first(result_of(key_of(page), "import math\ndef f(x):\n    return math.sqrt((x * x).sum())"))
    words = "math.sqrt() makes a Python number in line 4, and no gradient goes through that. Stay with tensors."
    assert said.endswith(f"no gradient with respect to x: the answer is no tensor of the right shape\n{words}")


@pytest.mark.parametrize("lazy", ["map(lambda t: t, [x, 2 * x, 3 * x])", "(k * x for k in (1, 2, 3))"])
def test_what_is_lazy_is_told_from_a_wrong_number_of_values(key_of: Callable[[str], ExerciseKey], lazy: str) -> None:
    """A map and a generator where a list is due, alone and as a part of an answer: what came back is said."""
    name = "map" if lazy.startswith("map") else "generator"
    words = f"It is lazy, of type {name}: nothing of it is computed until somebody asks. Return a list of its items."
    alone = first(result_of(key_of(PAIR), f"def f(x):\n    return {lazy}"))
    assert alone.endswith(f"expected 3 values, got a {name}\n{words}")
    nested = PAIR.replace("return [x, 2 * x, 3 * x]", "return [x, 2 * x, 3 * x], 7")
    part = first(result_of(key_of(nested), f"def f(x):\n    return {lazy}, 7"))
    assert part.endswith(f"expected 3 values, got a {name}\n{words}")
    assert "answer[0]" in part


def test_numpy_of_a_tensor_that_needs_a_gradient(key_of: Callable[[str], ExerciseKey]) -> None:
    """torch advises .detach(), which leads from one mistake into the next: that is said."""
    body = "def f(X, dim, keepdim=False):\n    return torch.from_numpy((X.numpy() ** 2).sum(dim))"
    said = {check.name: explanation(check) for check in result_of(key_of(PAGE), body).checks}
    assert said["some.gradient"].endswith(
        "NumPy cannot carry gradients in line 3, and .detach() would only hide that. Use torch's functions."
    )


def test_single_precision_is_told(key_of: Callable[[str], ExerciseKey]) -> None:
    """In float64 the digits of float32 look right: why they are not is said."""
    body = "def f(X, dim, keepdim=False):\n    return ((X / 3).float() * X.float() * 3).sum(dim).to(X.dtype)"
    said = [explanation(check) for check in result_of(key_of(PAGE), body).checks]
    words = (
        "It is right to the digits of float32 only: something on the way loses digits. Look for float32, for a small "
        "number that is added, and for a difference of large numbers."
    )
    assert any(text.endswith(words) and "in float64" in text for text in said)


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ("def f(X, dim, keepdim=False):\n    '''Doc.'''\n    raise NotImplementedError", "not written yet"),
        ("def f(X, dim, keepdim=False):\n    raise NotImplementedError('write me')", "not written yet"),
        ("def f(X, dim, keepdim=False):\n    '''Doc.'''\n    pass", "not written yet"),
        ("def f(X, dim, keepdim=False): ...", "not written yet"),
        ("def F(X, dim, keepdim=False):\n    return X", "there is no function f in topic.py; F is there: is it misnamed?"),
        ("x = 1", "there is no function f in topic.py"),
        ("", "there is no function f in topic.py"),
        *(
            (body, f"there is no function f in topic.py: its definition in line {line} is inside {holder}. Move it out of "
             "there, to the left margin")
            for line, holder, body in (
                (3, "class S", "class S:\n    def f(self, X):\n        return X"),
                (3, "function main", "def main():\n    async def f(X):\n        return X\nmain()"),
                (4, "the block of line 3", "x = 1\nif __name__ == '__main__':\n    def f(X):\n        return X"),
                (3, "a comment", "x = 1\n# def f(X):\n#     return X"),
                (3, "a string", "x = \"\"\"\ndef f(X):\n    return X\n\"\"\""),
            )
        ),
    ],
)  # fmt: skip
def test_what_is_missing(key_of: Callable[[str], ExerciseKey], body: str, note: str) -> None:
    """The untouched stub, by its source; or no function, with one that looks like it."""
    result = result_of(key_of(PAGE), body)
    assert (result.verdict, note_of(result), result.points) == (Verdict.MISSING, note, 0.0)


@pytest.mark.parametrize(
    "body",
    [
        "def f(X, dim, keepdim=False):\n    if dim > 5:\n        raise NotImplementedError\n    return (X * X).sum(dim)",
        "def f(X, dim, keepdim=False):\n    raise NotImplementedError\ndef f(X, dim, keepdim=False):\n    return (X * X).sum(dim)",
        "def g(X, dim, keepdim=False):\n    return (X * X).sum(dim)\nf = g",
        "class F:\n    def __call__(self, X, dim, keepdim=False):\n        return (X * X).sum(dim)\nf = F()",
    ],
)  # fmt: skip
def test_what_is_written_is_not_missing(key_of: Callable[[str], ExerciseKey], body: str) -> None:
    """Right answers in odd styles, with a NotImplementedError somewhere."""
    result = result_of(key_of(PAGE), body)
    assert result.verdict is not Verdict.MISSING
    assert {check.name for check in result.checks if check.verdict is Verdict.PASSED} >= {"some", "some.gradient"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "def f(X, dim, keepdim=False):\n    return (X * X.sum(dim)\n",
            "topic.py cannot be run: SyntaxError: '(' was never closed (line 3)\n    return (X * X.sum(dim)\n           ^",
        ),
        (
            "def f(X, dim, keepdim=False)\n    return X\n",
            "topic.py cannot be run: SyntaxError: expected ':' (line 2)\n    def f(X, dim, keepdim=False)\n                                ^",
        ),
    ],
)  # fmt: skip
def test_a_syntax_error_shows_its_line(key_of: Callable[[str], ExerciseKey], body: str, words: str) -> None:
    """The line with a caret, and no call: none was made."""
    result = result_of(key_of(PAGE), body)
    assert {explanation(check) for check in result.checks} == {words}
    assert result.verdict is Verdict.RAISED


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("assert False, 'oops'\ndef f(X, dim, keepdim=False):\n    return (X * X).sum(dim)", ""),
        (
            "if torch.zeros(1) @ torch.ones(2):\n    def f(X, dim, keepdim=False):\n        return X",
            "topic.py cannot be run: RuntimeError: inconsistent tensor size, expected tensor [1] and src [2]",
        ),
        ("from nowhere import f", "topic.py cannot be run: ModuleNotFoundError: No module named 'nowhere' (line 2)"),
    ],
)
def test_no_call_is_blamed_where_none_was_made(key_of: Callable[[str], ExerciseKey], body: str, words: str) -> None:
    """What a file could not define is told by the line that stopped it, whatever the error is called."""
    result = result_of(key_of(PAGE), body)
    assert {explanation(check)[: len(words)] for check in result.checks} == {words}


def test_a_driver_is_not_the_student(key_of: Callable[[str], ExerciseKey]) -> None:
    """What comes back and cannot be used is said to be that; what the driver saw is named in its words."""
    key = key_of(DRIVEN)
    assert first(result_of(key, "def f(n):\n    return 3")) == (
        "what came back cannot be used as the exercise says: TypeError: 'int' object is not iterable"
    )
    assert first(result_of(key, "def f(n):\n    return list(range(n))")) == "f(3)\nan iterator: expected True got False"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("x", "expected 3 values, got a tensor"),
        ("None", "expected 3 values, got None"),
        ("[x, 2 * x]", "answer[2]: there is no such part in the answer"),
        ("[x, 2 * x, 3 * x, x]", "expected 3 values, got 4"),
    ],
)
def test_several_values(key_of: Callable[[str], ExerciseKey], answer: str, words: str) -> None:
    """One for several, too few, too many."""
    result = result_of(key_of(PAIR), f"def f(x):\n    return {answer}")
    assert first(result).splitlines()[1] == words


def test_a_deque_is_a_container_of_another_kind(key_of: Callable[[str], ExerciseKey]) -> None:
    """Its type is said, not a number of values that nobody counts so."""
    said = first(
        result_of(key_of(PAIR), "from collections import deque\ndef f(x):\n    return deque([x, 2 * x, 3 * x])")
    )
    assert said.splitlines()[1] == "expected 3 values, got a collections.deque"


def test_lines_of_a_notebook_count_in_their_cell(key_of: Callable[[str], ExerciseKey]) -> None:
    """The line of a syntax error is shown from its own cell, and so is a line that is found in the source."""
    above = "a = 1\nb = 2\nc = 3"
    broken = result_of_notebook(key_of(PAGE), above, "# mine\ndef f(X, dim, keepdim=False)\n    return X")
    assert first(broken) == (
        "its cell cannot be run: SyntaxError: expected ':' (line 2)\n    def f(X, dim, keepdim=False)\n"
        "                                ^"
    )
    printing = result_of_notebook(key_of(PAGE), above, "def f(X, dim, keepdim=False):\n    print(X.sum(dim))")
    assert "printed in line 2, not returned" in first(printing)


def test_nobody_is_blamed_by_a_line_of_another_cell(key_of: Callable[[str], ExerciseKey]) -> None:
    """The second line of one cell is not that of the first: no helper is named by it, and none is called unwritten."""
    helper = "def innocent(X):\n    return X"
    fails = result_of_notebook(key_of(PAGE), helper, "def f(X, dim, keepdim=False):\n    return X @ X @ X[0, 0]")
    assert "innocent" not in first(fails) and first(fails).startswith("every call raised RuntimeError")
    stub = "def innocent(X):\n    raise NotImplementedError"
    torchs = "def f(X, dim, keepdim=False):\n    raise NotImplementedError('not for this dtype') if dim else X"
    assert "innocent" not in first(result_of_notebook(key_of(PAGE), stub, f"{torchs}\n    return X"))
