"""Notebooks as submissions: what of them is Python, and how a cell fails for itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import grader
from grader.intake.notebook import NotANotebook, Notebook, notebook_of, plain_python, read_notebook
from grader.intake.read import read_submission
from grader.runner.module import LoadedModule, load

RIGHT = "def double(x):\n    return 2 * x"


def written(*sources: str | list[str], **more: object) -> bytes:
    cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}).encode()


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("!pip install torch", "pass"),
        ("if True:\n    %time f()\ny = 2", "if True:\n    pass\ny = 2"),
        ("files = !ls\ny = 2", "pass\ny = 2"),
        ("softmax?\ny = 2", "pass\ny = 2"),
        ("?softmax", "pass"),
        ("!pip install \\\n  torch \\\n  numpy\ny = 2", "pass\n\n\ny = 2"),
        ("%%time\ny = 2", "\ny = 2"),
        ("%%bash\nrm -rf x\nls", "\n\n"),
        ("\n%%writefile double.py\ny = 2", "\n\n"),
        ("%matplotlib inline\nprint('%d'\n      % 3)", "pass\nprint('%d'\n      % 3)"),
        ('text = """\n%matplotlib\n!ls\n"""', 'text = """\n%matplotlib\n!ls\n"""'),
        ("y = 7 \\\n  % 4", "y = 7 \\\n  % 4"),
        ("a = (", "a = ("),
        ("x = 1\r\n%load y\r\n", "x = 1\npass\n"),
    ],
)
def test_magics_and_shell_lines_are_ignored(cell: str, python: str) -> None:
    """What only IPython understands is dropped, line by line; text that merely looks like it stays."""
    assert plain_python(cell) == python


def namespace_of(notebook: Notebook) -> dict[str, object]:
    before = dict(sys.modules)
    try:
        module = load(notebook.module, "of_a_notebook")
    finally:
        sys.modules.clear()
        sys.modules.update(before)
        vars(grader).pop("check", None)  # in a child nobody minds that it does nothing
    assert isinstance(module, LoadedModule)
    return module.namespace


def test_a_failing_cell_does_not_stop_the_next() -> None:
    """Each cell is run for itself, whatever becomes of those before it."""
    odd = [
        "1 / 0",
        "exit()",
        "import sys; sys.exit(2)",
        "def broken(:",
        "raise KeyboardInterrupt",
        "await x",
        "return 3",
    ]
    namespace = namespace_of(notebook_of([*odd, RIGHT]))
    assert namespace["double"](4) == 8  # type: ignore[operator]


def test_what_a_broken_cell_should_define_says_why_it_is_not_there() -> None:
    """Whoever calls it gets the cell's own error, with its line in that cell."""
    namespace = namespace_of(
        notebook_of(
            [RIGHT, "import nowhere\n\n@nowhere.fast\ndef triple(x):\n    return 3 * x", "def half(x):\n  return (x"]
        )
    )
    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        namespace["triple"](1)  # type: ignore[operator]
    with pytest.raises(SyntaxError) as caught:
        namespace["half"](1)  # type: ignore[operator]
    assert caught.value.lineno == 2


def test_what_stands_below_a_failing_line_is_defined() -> None:
    """A cell may begin with a demonstration that fails; the functions below it are there."""
    namespace = namespace_of(notebook_of([f"import nowhere\nnowhere.show()\n1 / 0\nK = 2\n{RIGHT}\nprint(K)\n"]))
    assert namespace["double"](4) == 8  # type: ignore[operator]


def test_a_broken_cell_does_not_replace_what_is_there() -> None:
    """As in a kernel, an earlier definition stands until a later one succeeds."""
    namespace = namespace_of(notebook_of([RIGHT, "1 / 0\ndef double(x):\n    return x"]))
    assert namespace["double"](4) == 8  # type: ignore[operator]


def test_checks_and_displays_do_nothing_there() -> None:
    """A cell that checks itself, or shows something, is not worse for it."""
    source = f"from grader import check\ncheck('a.b')\ndisplay(1)\n{RIGHT}\ncheck('a.b')"
    assert namespace_of(notebook_of([source]))["double"](4) == 8  # type: ignore[operator]


def test_lines_are_counted_in_their_cell() -> None:
    """A notebook shows no other line numbers."""
    notebook = notebook_of(["a = 1\nb = 2", "def f(:\n  x", "c = 3\nd = 4\ne = 5"])
    lines = notebook.text.split("\n")
    assert [(line, notebook.line_in_cell(place)) for place, line in enumerate(lines, 1) if line] == [
        ("a = 1", 1), ("b = 2", 2), ("c = 3", 1), ("d = 4", 2), ("e = 5", 3),
    ]  # fmt: skip


def test_definitions_alone_leave_out_what_may_never_end() -> None:
    """Functions, classes, imports and assignments stay where they are; everything else goes."""
    cell = "import math\nwhile True:\n    print(1)\n@wraps\ndef f():\n    return 1\nfor x in y: pass\nz = 2; print(z)\nw = 3"
    (left,) = notebook_of([cell]).definitions.cells
    assert left == "import math\n\n\n@wraps\ndef f():\n    return 1\n\n\nw = 3"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "cannot be read as JSON"),
        (b'{"cells": [', "cannot be read as JSON"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b"[1]", "it has no cells"),
        (b'{"cells": 3}', "it has no cells"),
        (written(metadata={"kernelspec": {"language": "julia"}}), "is a notebook for julia, not for Python"),
        (written("x = 1\n" * 300_000), "holds too much code"),
    ],
)
def test_what_is_no_notebook_says_why(data: bytes, why: str) -> None:
    """One line, which names the reason."""
    with pytest.raises(NotANotebook, match=why):
        read_notebook(data)


def test_old_formats_are_read() -> None:
    """IPython 2 had worksheets, and code in `input`."""
    document = {
        "worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1\n", "b = 2"]}, {"cell_type": "heading"}]}]
    }
    assert read_notebook(json.dumps(document).encode()).cells == ("a = 1\nb = 2",)


def test_only_code_cells_are_read_and_odd_ones_are_passed_over() -> None:
    """Text is no program, and rubbish among the cells is no error."""
    cells: list[object] = [
        {"cell_type": "markdown", "source": "x"},
        "rubbish",
        {"cell_type": "code"},
        {"cell_type": "code", "source": ["a\n", 3]},
    ]
    assert read_notebook(written(cells=cells)).cells == ("", "a\n")


def hand_in(folder: Path, **files: bytes) -> Path:
    folder.mkdir()
    for name, data in files.items():
        (folder / name.replace("__", ".")).write_bytes(data)
    return folder


def test_a_submission_may_be_a_notebook(tmp_path: Path) -> None:
    """A notebook counts like the module of its name, wherever nbgrader has put it."""
    nested = tmp_path / "ann" / "week1"
    nested.mkdir(parents=True)
    (nested / "softmax.ipynb").write_bytes(written("%time\n" + RIGHT))
    submission = read_submission(tmp_path / "ann", {"softmax": ()})
    assert submission.sources["softmax"] == f"pass\n{RIGHT}"
    assert submission.modules["softmax"] == submission.notebooks["softmax"].module
    assert submission.problem is None


@pytest.mark.parametrize(
    "name", ["softmax-Copy1.ipynb", "softmax (2).ipynb", "softmax_copy.ipynb", "softmax - Copy.ipynb"]
)
def test_a_copy_is_taken_where_there_is_no_original(tmp_path: Path, name: str) -> None:
    """Browsers and Jupyter rename what is saved twice."""
    folder = hand_in(tmp_path / "ann")
    (folder / name).write_bytes(written(RIGHT))
    assert "softmax" in read_submission(folder, {"softmax": ()}).notebooks


def test_other_names_are_no_copies(tmp_path: Path) -> None:
    """softmax_regression may be another topic: where nobody knows what is asked for, it is named and not read."""
    folder = hand_in(tmp_path / "ann", softmax_regression__ipynb=written(RIGHT))
    assert read_submission(folder, {"softmax": ()}).problems == {
        "softmax": "there is no softmax.py; softmax_regression.ipynb is there"
    }


def test_a_module_and_a_notebook_of_one_topic_are_one_too_many(tmp_path: Path) -> None:
    """Nobody guesses which of the two counts."""
    folder = hand_in(tmp_path / "ann", softmax__py=b"", softmax__ipynb=written(RIGHT))
    assert read_submission(folder, {"softmax": ()}).problems == {
        "softmax": "softmax.py and softmax.ipynb differ, and nobody knows which is meant; keep one"
    }


def test_a_broken_notebook_is_a_problem_of_its_topic(tmp_path: Path) -> None:
    """The other topics of the submission are graded."""
    folder = hand_in(tmp_path / "ann", softmax__ipynb=b"{", dropout__py=b"x = 1")
    submission = read_submission(folder, {"softmax": (), "dropout": ()})
    assert submission.problems == {"softmax": "softmax.ipynb is not a notebook: it cannot be read as JSON"}
    assert submission.sources == {"dropout": "x = 1"}
