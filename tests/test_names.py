"""One name, one class: whoever reads a name anywhere in the grader knows which of its classes is meant."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

GRADER = Path(__file__).parent.parent / "grader"


def classes_in(source: str) -> Iterator[str]:
    """The names of classes and of type aliases that a module makes, private or not, without their underscores."""
    tree = ast.parse(source)
    yield from (node.name.lstrip("_") for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        names = [target.id.lstrip("_") for target in targets if isinstance(target, ast.Name)]
        yield from (name for name in names if name[:1].isupper() and not name.isupper())


def test_no_two_classes_have_one_name() -> None:
    """Neither two classes, nor a class and an alias, nor a private one and a public one."""
    places = defaultdict(list)
    for path in sorted(GRADER.rglob("*.py")):
        for name in classes_in(path.read_text(encoding="utf-8")):
            places[name].append(path.relative_to(GRADER).as_posix())
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_this_test_can_fail() -> None:
    """It sees nested and private classes and aliases, and takes no constant for one."""
    source = "class A:\n    class _B: ...\n_Ask = int\nHALF = 1\nvalue = 2\ndef f():\n    class C: ...\n"
    assert sorted(classes_in(source)) == ["A", "Ask", "B", "C"]
