"""No right solution leaves this repository: neither in the wheel and the sdist, nor in kits, nor in what people read.

Code is compared as what it does: without names, docstrings, comments, annotations and spacing. So a solution is found
again where its variables are called otherwise, and where it stands in the middle of another function.
"""

from __future__ import annotations

import ast
import re
import textwrap
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from grader.kits.student import key_name, write_kit
from grader.model.keys.key_file import load_key
from tests.helpers.course import ROOT, course, page, page_ids, source_of
from tests.helpers.keys import course_key

FLOOR = 9
"""Nodes of the shortest solution that is looked for. `return X - X.mean(dim, keepdim=True)` has ten, and is one;
`return a * b` has five, is written by everybody about anything, and would be found in every second file."""


UNSAID = ("ctx", "annotation", "returns", "type_comment", "type_params", "kind")


def normal(node: object) -> str:
    """A statement or an expression without its names. What it calls and its constants stay."""
    if isinstance(node, list):
        return f"[{','.join(map(normal, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    if isinstance(node, (ast.Name, ast.arg)):
        return "_"
    defines = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    said = [
        "_" if defines and name == "name" else normal(without_docstring(value) if defines and name == "body" else value)
        for name, value in ast.iter_fields(node)
        if name not in UNSAID
    ]
    return f"{type(node).__name__}({','.join(said)})"


def without_docstring(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return list(body[1:] if is_text else body)


def size(body: Sequence[ast.stmt]) -> int:
    """The nodes of some statements that say something: operators and calls, names and numbers."""
    return sum(not isinstance(node, (ast.expr_context, ast.operator)) for part in body for node in ast.walk(part))


def bodies(code: str) -> Iterator[list[ast.stmt]]:
    """Every run of statements of some code: of the module, of functions, of what stands under `if` and `for`."""
    for node in ast.walk(ast.parse(code)):
        for field in ("body", "orelse", "finalbody"):
            part = getattr(node, field, None)
            if isinstance(part, list) and part:
                yield without_docstring(part)


@cache
def solutions() -> dict[str, tuple[str, ...]]:
    """What is kept back -> its statements: references, alternatives and stand-ins of all pages."""
    found = {}
    for id in page_ids():
        of = page(id)
        texts = {"reference": source_of(of.reference, "f")}
        texts |= {f"alternative {name}": source_of(each, "f") for name, each in of.alternatives.items()}
        texts |= {f"stand-in {name}": text for name, text in of.stand_ins.items()}
        for what, text in texts.items():
            definition = ast.parse(textwrap.dedent(text)).body[-1]
            body = without_docstring(getattr(definition, "body", []))
            if size(body) >= FLOOR:
                found[f"{id}: {what}"] = tuple(map(normal, body))
    return found


def found_in(code: str) -> set[str]:
    """The solutions that stand in some code, wherever in it."""
    try:
        runs = [[normal(statement) for statement in body] for body in bodies(code)]
    except (SyntaxError, ValueError):
        return set()
    return {name for name, body in solutions().items() if any(_holds(run, body) for run in runs)}


def _holds(run: Sequence[str], body: Sequence[str]) -> bool:
    return any(tuple(run[place : place + len(body)]) == body for place in range(len(run) - len(body) + 1))


def codes(path: Path) -> Iterator[str]:
    """The code in a file: a module, what is indented or fenced in a page of text, drivers and stand-ins of a key."""
    if path.suffix == ".key":
        for exercise in load_key(path).exercises:
            yield from (exercise.driver, *exercise.stand_ins.values())
        return
    text = path.read_bytes().decode("utf-8", "replace")
    if path.suffix == ".py":
        yield text
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" in node.value:
                yield from pieces(node.value)
        return
    yield from pieces(text)


def pieces(text: str) -> Iterator[str]:
    """The code that a text shows: fenced, indented, and what follows `>>>`."""
    yield textwrap.dedent(text)
    yield from re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    blocks = re.findall(r"(?:^(?: {4}.*|[ \t]*)\n)+", text + "\n", re.MULTILINE)
    for block in blocks:
        code = textwrap.dedent(block)
        yield code
        yield from re.split(r"\n{2,}(?=def |class |@)", code)


def travelling() -> Iterator[Path]:
    """What goes into the wheel and the sdist, as pyproject.toml says, and what people read beside it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    targets = settings["tool"]["hatch"]["build"]["targets"]
    assert targets.keys() == {"wheel", "sdist"}
    roots = {
        *targets["wheel"]["packages"],
        *targets["sdist"]["only-include"],
        settings["project"]["readme"],
        "CONTRIBUTING.md",
    }
    assert not {name for name in roots if "solutions" in name or "tests" in name or "demo" in name}
    for name in sorted(roots):
        path = ROOT / name
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts and file.suffix not in (".png", ".pyc"):
                yield file


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kit of the core topics, like the one that the wheel carries."""
    folder = tmp_path_factory.mktemp("kit")
    write_kit(course_key(), folder)
    return folder


def leaks(files: Iterator[Path] | Sequence[Path]) -> dict[str, set[str]]:
    """File -> the solutions in it."""
    known = {name for text in _public_texts() for name in found_in(text)}
    found = {str(path): {name for code in codes(path) for name in found_in(code)} - known for path in files}
    return {path: names for path, names in found.items() if names}


@cache
def _public_texts() -> tuple[str, ...]:
    return tuple(page(id).driver for id in page_ids()) + tuple(each.path.read_text("utf-8") for each in course().topics)


def test_nothing_that_travels_holds_a_solution() -> None:
    """Wheel, sdist, README (which is the wheel's own description) and docs."""
    files = list(travelling())
    assert {"README.md", "pages.md", "examine.py", "run_autograder"} <= {path.name for path in files}
    assert leaks(files) == {}


def test_no_kit_holds_a_solution(kit: Path) -> None:
    """Stubs, README, and the sources in the key."""
    files = sorted(kit.iterdir())
    assert {key_name("softmax"), key_name("dropout")} <= {path.name for path in files}
    assert leaks(files) == {}


@pytest.mark.parametrize("form", ["module", "renamed", "fenced", "indented", "in a text", "inside"])
def test_a_solution_would_be_found(tmp_path: Path, form: str) -> None:
    """The tests above can fail: whatever it is called there, and wherever it stands."""
    source = source_of(page("broadcasting.center").reference, "center")
    renamed = re.sub(r"\bX\b", "table", re.sub(r"\bdim\b", "axis", source).replace("def center", "def f"))
    body = textwrap.indent(textwrap.dedent(source.partition("\n")[2]), "        ")
    texts = {
        "module": source,
        "renamed": renamed.replace("(table, axis)", "(table: Tensor, axis: int) -> Tensor").replace(" - ", "-"),
        "fenced": f"Look:\n```python\n{source}```\n",
        "indented": f"Look:\n\n{textwrap.indent(source, '    ')}\nIs it not short?\n",
        "in a text": f"TEXT = '''{source}'''\n",
        "inside": f"def g(X, dim):\n    print(X)\n    if dim:\n{body}",
    }
    path = tmp_path / f"file{'.md' if form in ('fenced', 'indented') else '.py'}"
    path.write_text(texts[form], encoding="utf-8")
    assert any("broadcasting.center: reference" in names for names in leaks([path]).values()), texts[form]


def test_most_solutions_are_looked_for() -> None:
    """The floor leaves out what is too short to be anybody's, and no more than a few."""
    pages = {name.partition(":")[0] for name in solutions() if name.endswith("reference")}
    assert len(pages) >= 0.9 * len(page_ids()), sorted(set(page_ids()) - pages)
