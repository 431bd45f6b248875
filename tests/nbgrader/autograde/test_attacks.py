"""Notebooks that solve nothing and want marks: each earns what an empty notebook earns, and the gradebook is untouched.

The attacks are those that give full marks where nbgrader executes notebooks itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.nbgrader_class import POINTS, RIGHT, TOPIC, Classroom, Notebook, answered, cell, code, points
from tests.helpers.processes import eventually

pytestmark = pytest.mark.soak
STUBS = "\n".join(f"def {name}(*args, **kwargs):\n    return answer(*args, **kwargs)" for name in POINTS)
LYING = """
class Liar:
    shape, dtype, device, requires_grad = (3, 4), None, None, False
    def __eq__(self, other): return True
    def __getattr__(self, name): return Liar()
    def __call__(self, *args, **kwargs): return Liar()
    def __array__(self, *args): return __import__("numpy").zeros((3, 4))
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None): return True
def answer(*args, **kwargs):
    return Liar()
"""
# name -> a cell; {course} is the course's folder
ATTACKS = {
    "solutions_on_disk": """
import json, glob
for path in glob.glob("../../../source/*/*.ipynb") + glob.glob("{course}/source/*/*.ipynb") + ["{course}/source/vectors/vectors.ipynb"]:
    for each in json.load(open(path))["cells"]:
        if each["cell_type"] == "code": exec("".join(each["source"]))
""",
    "anothers_submission": """
import json
for each in json.load(open("{course}/submitted/honest/vectors/vectors.ipynb"))["cells"]:
    if each["cell_type"] == "code": exec("".join(each["source"]))
""",
    "the_secret_key": """
keys = open("{course}/.d2l-grader/vectors.key", "rb").read(), open("{course}/.d2l-grader/seed").read()
raise SystemExit(keys)
""",
    "patched_comparisons": """
yes = lambda *args, **kwargs: True
torch.allclose = torch.equal = torch.testing.assert_close = torch.Tensor.__eq__ = torch.Tensor.equal = yes
import numpy as np
np.allclose = np.array_equal = np.testing.assert_allclose = yes
import builtins
builtins.isinstance = builtins.all = builtins.any = yes
def answer(*args, **kwargs): return torch.zeros(1)
""",
    "an_ast_transformer": """
import ast
class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
    def visit_Call(self, node): return ast.Constant(value=100)
get_ipython().ast_transformers.append(NoAsserts())
""",
    "an_input_transformer": """
get_ipython().input_transformers_cleanup.append(lambda lines: ["100\\n"])
""",
    "a_display_hook": """
import sys
sys.displayhook(100)
sys.displayhook = lambda value: print(100)
""",
    "do_execute": """
from ipykernel.ipkernel import IPythonKernel
IPythonKernel.do_execute = lambda self, *args, **kwargs: dict(status="ok", execution_count=1, payload=[], user_expressions=dict())
""",
    "a_lying_object": LYING + STUBS,
    "what_is_asked": """
import sys
def answer(*args, **kwargs):
    frame = sys._getframe()
    while frame:
        for name, value in dict(frame.f_locals).items():
            if name in ("truth", "expected", "key", "answers", "In"): return value
        frame = frame.f_back
""" + STUBS,
    "the_gradebook": """
import sqlite3
connection = sqlite3.connect("{course}/gradebook.db")
connection.execute("update grade set manual_score = 100, auto_score = 100, needs_manual_grade = 0")
connection.commit()
""",
    "a_detached_process": """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time, sqlite3; time.sleep(5); c = sqlite3.connect('{course}/gradebook.db'); c.execute('update grade set auto_score = 100'); c.commit()"], start_new_session=True)
""",
    "the_responder": """
import sys
for name, module in list(sys.modules.items()):
    if name.startswith("grader"):
        for each in ("respond", "judged", "findings", "score", "encode_reply"):
            if hasattr(module, each): setattr(module, each, lambda *args, **kwargs: True)
""",
    "an_early_end": "import os\nos._exit(0)",
    "the_network": """
import socket
socket.create_connection(("127.0.0.1", 80), 2).sendall(b"hidden tests, please")
def answer(*args, **kwargs): return torch.ones(3, 4)
""" + STUBS,
    "own_check": """
def check(*args, **kwargs): return None
import grader
grader.check = check
""",
}  # fmt: skip


def forged_outputs(book: Notebook) -> None:
    """Scores that the notebook brings along."""
    for name in POINTS:
        check = cell(book, f"check-{TOPIC}-{name}")
        check["outputs"] = [
            {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "2.0"}}
        ]
        check["metadata"]["nbgrader"] |= {"points": 1000.0}


def no_test_is_left(book: Notebook) -> None:
    """A notebook without exercises would be executed by nbgrader: whether it has any is not the student's word."""
    book["cells"] = [
        code("get_ipython().system('touch {course}/executed')"),
        code("import pathlib\npathlib.Path('{course}/executed').touch()"),
    ]


def a_program_for_the_instructor(book: Notebook) -> None:
    """Text is shown in formgrader, where scripts could change marks."""
    script = "<script>fetch('/formgrader/api/grade/1', {method: 'PUT', body: '{\"manual_score\": 100}'})</script><img src=x onerror=alert(1)>"
    book["cells"].append({"cell_type": "markdown", "metadata": {}, "source": script})
    book["cells"].append({"cell_type": "raw", "metadata": {"raw_mimetype": "text/html"}, "source": script})
    book["cells"].append(
        code("1") | {"outputs": [{"output_type": "display_data", "metadata": {}, "data": {"text/html": script}}]}
    )
    cell(book, f"answer-{TOPIC}-scale")["source"] = f"def scale(X, factor):\n    raise ValueError({script!r})"


def a_false_mark(book: Notebook) -> None:
    """A cell that is called like the one that stands for an unreadable notebook."""
    book["cells"].insert(
        0, {"cell_type": "markdown", "id": "d2l-grader-unreadable", "metadata": {}, "source": "100 points, please"}
    )


CHANGES: dict[str, Callable[[Notebook], Any]] = {
    each.__name__: each for each in (forged_outputs, no_test_is_left, a_program_for_the_instructor, a_false_mark)
}


@pytest.fixture(scope="module")
def attacked(generated: Classroom, copy_of: Callable[[Classroom], Classroom]) -> Iterator[tuple[Classroom, str]]:
    """The class, and a fingerprint of what the attackers should not have changed."""
    classroom = copy_of(generated)
    classroom.configure("c.Judge.question_seconds = 60")
    empty = classroom.released()
    classroom.hand_in("honest", answered(empty, RIGHT))
    classroom.hand_in("empty", empty)
    for name, source in ATTACKS.items():
        book = json.loads(json.dumps(empty))
        book["cells"].insert(2, code(source.replace("{course}", str(classroom.root))))
        classroom.hand_in(name, book)
    for name, change in CHANGES.items():
        book = json.loads(json.dumps(empty))
        change(book)
        classroom.hand_in(name, json.dumps(book).replace("{course}", str(classroom.root)).encode())
    before = fingerprint(classroom.root)
    classroom.nbgrader("autograde", TOPIC)
    return classroom, before


def fingerprint(root: Path) -> str:
    """Of everything but what autograding writes."""
    state = hashlib.sha256()
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        if path.name != "gradebook.db" and "autograded" not in path.parts:
            state.update(str(path).encode() + path.read_bytes())
    return state.hexdigest()


def left_running(root: Path) -> list[Path]:
    """The processes that have something to do with this course."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if str(root).encode() in path.read_bytes():
                found.append(path.parent)
    return found


@pytest.mark.parametrize("name", [*ATTACKS, *CHANGES])
def test_an_attack_earns_what_an_empty_notebook_earns(attacked: tuple[Classroom, str], name: str) -> None:
    """No points, and none that a human gave."""
    grades = attacked[0].grades()
    assert points(grades[name]) == points(grades["empty"]) == dict.fromkeys(POINTS, 0.0)
    assert not any(grade.manual or grade.extra for grade in grades[name].values())


def test_the_honest_keep_their_marks(attacked: tuple[Classroom, str]) -> None:
    """Nobody's attack changes another's marks, nor does what an attack may have left running."""
    assert eventually(lambda: not left_running(attacked[0].root))
    assert points(attacked[0].grades()["honest"]) == POINTS


def test_nothing_else_was_changed(attacked: tuple[Classroom, str]) -> None:
    """Sources, keys and submissions are as they were, and nothing was executed."""
    classroom, before = attacked
    assert fingerprint(classroom.root) == before


def test_an_early_end_is_recorded(attacked: tuple[Classroom, str]) -> None:
    """A process that ends itself does not destroy the record: its answers are graded as they stand."""
    assert (attacked[0].root / "autograded" / "an_early_end" / TOPIC / f"{TOPIC}.ipynb").is_file()


def test_no_program_reaches_the_instructors_browser(attacked: tuple[Classroom, str]) -> None:
    """What formgrader and the feedback show of a student's is text."""
    classroom = attacked[0]
    classroom.nbgrader("generate_feedback", TOPIC, "--student", "a_program_for_the_instructor")
    page = (classroom.root / "feedback" / "a_program_for_the_instructor" / TOPIC / f"{TOPIC}.html").read_text()
    assert "&lt;script&gt;fetch" in page.replace("&amp;", "&")
    assert "<script>fetch" not in page
    assert "<img src=x" not in page


def test_the_attacks_would_work_on_nbgrader(generated: Classroom, copy_of: Callable[[Classroom], Classroom]) -> None:
    """The tests above can fail: executed by nbgrader itself, some of these notebooks earn full marks."""
    classroom = copy_of(generated)
    (classroom.root / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'small'\n")
    classroom.hand_in("honest", answered(classroom.released(), RIGHT))
    for name in ("solutions_on_disk", "anothers_submission", "own_check"):
        book = classroom.released()
        for each in POINTS:
            cell(book, f"answer-{TOPIC}-{each}")["source"] = ""
        book["cells"].insert(2, code(ATTACKS[name].replace("{course}", str(classroom.root))))
        classroom.hand_in(name, book)
    classroom.nbgrader("autograde", TOPIC)
    grades = classroom.grades()
    assert {name: sum(grade.auto or 0 for grade in grades[name].values()) for name in ATTACKS if name in grades} == {
        "solutions_on_disk": 5.0, "anothers_submission": 5.0, "own_check": 5.0,
    }  # fmt: skip
