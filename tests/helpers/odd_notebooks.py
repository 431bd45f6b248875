"""Notebooks as nobody expects them: what is done to a right one, and what it costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.helpers.nbgrader_class import POINTS, RIGHT, TOPIC, Notebook, cell, code

Change = Callable[[Notebook], Any]
SCALE, SHARES, LOG_SUM = (f"answer-{TOPIC}-{name}" for name in POINTS)


def inserted(place: int, *sources: str) -> Change:
    return lambda book: [book["cells"].insert(place, code(source)) for source in reversed(sources)]


def removed(id: str) -> Change:
    return lambda book: book["cells"].remove(cell(book, id))


def duplicated(id: str) -> Change:
    return lambda book: book["cells"].append(json.loads(json.dumps(cell(book, id))))


def written(**answers: str) -> Change:
    def change(book: Notebook) -> None:
        for name, source in answers.items():
            cell(book, f"answer-{TOPIC}-{name}")["source"] = source

    return change


def split(book: Notebook) -> None:
    """The answer stands in two cells, both of which claim to be it."""
    cells = book["cells"]
    first = cell(book, LOG_SUM)
    second = json.loads(json.dumps(first))
    first["source"], second["source"] = (
        "def biggest(x):\n    return x.max()",
        RIGHT["log_sum"].replace("x.max()", "biggest(x)"),
    )
    cells.insert(cells.index(first) + 1, second)


def edited_lock(book: Notebook) -> None:
    check = cell(book, f"check-{TOPIC}-scale")
    check["source"] = "100.0"
    check["metadata"]["nbgrader"] |= {"locked": False, "points": 100, "solution": True}


def no_metadata(book: Notebook) -> None:
    book["metadata"] = {}
    for each in book["cells"]:
        each["metadata"] = {}


def broken_metadata(book: Notebook) -> None:
    cell(book, f"check-{TOPIC}-log_sum")["metadata"]["nbgrader"] |= {"points": "many", "schema_version": 99}
    cell(book, SHARES)["metadata"]["nbgrader"]["grade_id"] = ["a", "list"]
    cell(book, SCALE)["metadata"]["nbgrader"] = "mine"
    book["cells"] += ["no cell", {"cell_type": "video"}, {"cell_type": "code", "metadata": None}]


def answers_as_markdown(book: Notebook) -> None:
    for id in (SCALE, LOG_SUM):
        target = cell(book, id)
        target["cell_type"] = "markdown"
        del target["outputs"], target["execution_count"]


def old_format(book: Notebook) -> None:
    """Notebooks of IPython 2 had worksheets, and code in `input`."""
    for each in book["cells"]:
        if each["cell_type"] == "code":
            each["input"], each["language"] = each.pop("source"), "python"
            each["prompt_number"] = each.pop("execution_count")
    book["worksheets"] = [{"cells": book.pop("cells"), "metadata": {}}]
    book["metadata"], book["nbformat"], book["nbformat_minor"] = {"name": TOPIC}, 3, 0


# name -> what is done to a right notebook, and what it costs
WITHOUT = {name: {**POINTS, name: 0.0} for name in POINTS}
ODD: dict[str, tuple[Change, dict[str, float]]] = {
    "nothing_odd": (lambda book: None, POINTS),
    "deleted_check": (removed(f"check-{TOPIC}-shares"), POINTS),
    "deleted_imports": (removed(f"setup-{TOPIC}"), POINTS),
    "deleted_text": (removed(f"about-{TOPIC}-scale"), POINTS),
    "deleted_answer": (removed(SHARES), WITHOUT["shares"]),
    "duplicated_check": (duplicated(f"check-{TOPIC}-scale"), POINTS),
    "duplicated_answer": (duplicated(SCALE), POINTS),
    "split_answer": (split, POINTS),
    "edited_lock": (edited_lock, POINTS),
    "edited_lock_and_no_answer": (lambda book: (edited_lock(book), written(scale="pass")(book)), WITHOUT["scale"]),
    "no_metadata": (no_metadata, POINTS),
    "broken_metadata": (broken_metadata, POINTS),
    "answers_as_markdown": (answers_as_markdown, POINTS),
    "old_format": (old_format, POINTS),
    "a_failing_cell": (inserted(2, "1 / 0", "undefined"), POINTS),
    "a_syntax_error": (written(shares="def shares(X, dim:\n    return X"), WITHOUT["shares"]),
    "a_cell_that_exits": (inserted(2, "exit()", "import sys\nsys.exit(1)", "quit()"), POINTS),
    "magics": (inserted(1, "%matplotlib inline\n!pip install torch\nimport math", "%%bash\nrm -rf /", "?torch\nx = !ls"), POINTS),
    "torch_redefined": (inserted(2, "torch.exp = torch.allclose = lambda *a, **k: True"), POINTS),
    "check_in_the_answer": (written(scale=f"check('{TOPIC}.scale')\n{RIGHT['scale']}\ncheck('{TOPIC}.scale')"), POINTS),
    "a_helper_of_its_own": (
        lambda book: (inserted(2, "def times(a, b):\n    return a * b")(book), written(scale="def scale(X, factor):\n    return times(X, factor)")(book)),
        POINTS,
    ),
    "a_helper_in_a_later_cell": (
        lambda book: (written(scale="def scale(X, factor):\n    return later(X, factor)")(book), book["cells"].append(code("def later(a, b):\n    return a * b"))),
        POINTS,
    ),
    "one_print": (written(scale="def scale(X, factor):\n    print(X.shape)\n    return X * factor"), POINTS),
    "one_warning": (written(scale="import warnings\ndef scale(X, factor):\n    warnings.warn('slow')\n    return X * factor"), POINTS),
    "many_prints": (written(scale="def scale(X, factor):\n    for i in range(200_000): print(i)\n    return X * factor"), POINTS),
    "an_exit_in_an_answer": (written(log_sum="import os\ndef log_sum(x):\n    os._exit(0)"), WITHOUT["log_sum"]),
    "too_much_memory": (written(log_sum="def log_sum(x):\n    return torch.ones(10**9, dtype=torch.float64).sum()"), WITHOUT["log_sum"]),
    "an_endless_answer": (written(log_sum="def log_sum(x):\n    while True: pass"), WITHOUT["log_sum"]),
    "an_endless_answer_that_catches": (
        written(log_sum="def log_sum(x):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass"),
        WITHOUT["log_sum"],
    ),
}  # fmt: skip
STATE = {
    "default_dtype": "def scale(X, factor):\n    torch.set_default_dtype(torch.float64)\n    return X * factor",
    "grad_mode": "def scale(X, factor):\n    torch.set_grad_enabled(False)\n    return X * factor",
    "in_place": "def scale(X, factor):\n    X *= factor\n    return X",
}
UNREADABLE = {
    "broken_json": b'{"cells": [',
    "an_empty_file": b"",
    "a_list": b"[]",
    "no_text": b"\x00\xff\xfe\x80" * 100,
    "another_language": b'{"cells": [], "metadata": {"kernelspec": {"language": "R"}}, "nbformat": 4, "nbformat_minor": 5}',
    "a_future_format": b'{"cells": [], "metadata": {}, "nbformat": 9, "nbformat_minor": 0}',
    "deep_json": b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}
