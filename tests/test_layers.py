"""Imports point one way: the floors of docs/architecture.md, tested; and a test that this test can fail."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "grader"

FLOORS = (
    (
        "errors",
        "value",
        "verdict",
        "tolerance",
        "rules",
        "bounds",
        "archives",
        "notebook",
        "same",
        "clean",
        "sandbox.limits",
    ),
    ("question", "limiting", "tree", "sealed"),
    ("page", "draw", "statistic", "sheet", "mention", "sandbox"),
    ("key", "law", "marks", "loading", "workers"),
    ("compare",),
    ("judge", "alike"),
    ("adapt", "evidence", "tensors", "show", "course", "submission"),
    ("diagnose", "message", "expect", "asking", "intake", "origin"),
    ("scorecard", "imitate", "moved", "kit", "checks", "autograder", "parts"),
    ("entries", "assess"),
    ("keymaker", "examine"),
    ("grading", "doctor", "gradebook"),
    ("report",),
    ("nbgrader",),
    ("cli",),
)
CHILD = (
    "sandbox.child", "sandbox.zygote", "sandbox.respond", "sandbox.observe", "sandbox.wire", "sandbox.spelling",
    "sandbox.place", "sandbox.convert", "sandbox.simulate", "sandbox.blame", "sandbox.watch", "sandbox.intercept",
    "sandbox.originals", "sandbox.fields",
)  # fmt: skip
ALLOWED_IN_CHILD = ("value", "tree", "same", "clean", "question", "verdict", "errors", "rules", "sandbox")
NEEDS_TORCH = (
    "draw",
    "tensors",
    "expect",
    "imitate",
    "asking",
    "entries",
    "doctor",
    "nbgrader.check",
    "sandbox.child",
    "sandbox.zygote",
    "sandbox.respond",
    "sandbox.convert",
    "sandbox.observe",
    "sandbox.originals",
    "sandbox.place",
    "sandbox.simulate",
    "sandbox.blame",
    "sandbox.watch",
    "sandbox.intercept",
)


def modules(root: Path = PACKAGE) -> dict[str, Path]:
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name:
            found[name] = path
    return found


def imports(path: Path) -> set[str]:
    """Modules of ours that a file imports, wherever in it, unless only for the type checker."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "grader":
            base = (node.module or "").removeprefix("grader").lstrip(".")
            found |= {base} if base else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.removeprefix("grader.") for alias in node.names if alias.name.startswith("grader.")}
    return {name for name in found if not name.startswith("__")}


def floor(name: str) -> int:
    """The floor of a module, or of the folder it is in."""
    while name:
        for number, names in enumerate(FLOORS):
            if name in names:
                return number
        name = name.rpartition(".")[0]
    raise AssertionError("a module stands on no floor")


def upward(name: str, path: Path) -> list[str]:
    """The imports of a module that do not point down."""
    package = name.split(".")[0]
    return [each for each in imports(path) if each.split(".")[0] != package and floor(each) >= floor(name)]


@pytest.mark.parametrize(("name", "path"), modules().items(), ids=list(modules()))
def test_a_module_imports_from_lower_floors_only(name: str, path: Path) -> None:
    """No module knows those above it, or beside it."""
    assert upward(name, path) == []


def test_an_upward_import_is_found(tmp_path: Path) -> None:
    """The test above can fail: a value that imports the judge is caught."""
    bad = tmp_path / "value.py"
    bad.write_text("def peek():\n    from grader.judging.findings import findings\n    return findings\n")
    assert upward("value", bad) == ["judge"]


@pytest.mark.parametrize("name", CHILD)
def test_what_runs_beside_student_code_knows_nothing_of_keys(name: str) -> None:
    """The child's process never imports what holds or makes an answer."""
    assert {each.split(".")[0] for each in imports(modules()[name])} <= set(ALLOWED_IN_CHILD)


def _loads_torch(statement: str) -> bool:
    command = f"import sys; {statement}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.strip() == "True"


def test_judging_does_not_import_torch() -> None:
    """A student's cold check costs one `import torch`, in the child, and not two."""
    assert not _loads_torch("import grader.grading.examine, grader.cli.check, grader.cli.checker, grader.grading.pool")


def test_importing_torch_would_be_seen() -> None:
    """The test above can fail: making keys does import torch."""
    assert _loads_torch("import grader.keymaking.keymaker")


def test_only_named_modules_import_torch() -> None:
    """torch is imported where tensors are needed, and nowhere else."""
    importers = {
        name
        for name, path in modules().items()
        if any(line.strip().startswith(("import torch", "from torch")) for line in path.read_text().splitlines())
    }
    allowed = {
        name for name in importers if name.startswith(NEEDS_TORCH) or name == "cli.making" or name == "cli.examining"
    }
    assert importers == allowed
