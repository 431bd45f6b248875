"""Imports point one way. The rule stands in docs/architecture.md and is read from there, so it cannot differ from it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "grader"
DOCUMENT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
MOST_MODULES = 20
FACE = ("__init__", "__main__")  # they load what they name when they are asked for


def rule(text: str = DOCUMENT) -> list[set[str]]:
    """The floors of the line in the document, lowest first."""
    (line,) = re.findall(r"^    (version < .*)$", text, re.MULTILINE)
    return [set(re.findall(r"\w+", floor)) for floor in line.split("<")]


def allowed_in_child(text: str = DOCUMENT) -> tuple[str, ...]:
    """The packages and modules that the document lets `sandbox.child` import."""
    (names,) = re.findall(r"^    sandbox\.child imports (.*)$", text, re.MULTILINE)
    return tuple(names.split(", "))


def allowed_to_import_torch(text: str = DOCUMENT) -> tuple[str, ...]:
    """The packages and modules that the document lets import torch."""
    (names,) = re.findall(r"^torch is imported in (.*) only:", text, re.MULTILINE)
    return tuple(re.findall(r"`([\w.]+)`", names))


def modules(root: Path = PACKAGE) -> dict[str, Path]:
    """Every module below the package: its name without `grader.`, and its file."""
    names = {path: path.relative_to(root).with_suffix("").parts for path in sorted(root.rglob("*.py"))}
    return {
        ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts): path
        for path, parts in names.items()
        if parts[0] not in (*FACE, "data")
    }


def imports(path: Path) -> set[str]:
    """What a file imports of ours, wherever in it, unless only for the type checker; modules, not the names in them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    return {name.removeprefix("grader.") for name in _imported(tree) if name.split(".")[0] == "grader"}


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                is_module = (PACKAGE.parent / module.replace(".", "/")).with_suffix(".py").is_file()
                yield module if is_module or node.module == "grader" else node.module


def floor(package: str) -> int:
    """The floor of a package. A package that the line does not name stands on none."""
    for number, packages in enumerate(rule()):
        if package in packages:
            return number
    raise AssertionError(f"docs/architecture.md places no package {package!r}")


def forbidden(name: str, path: Path) -> list[str]:
    """The imports of a module that the rules do not allow."""
    package = name.partition(".")[0]
    others = {module: module.partition(".")[0] for module in imports(path)}
    wrong = [module for module, other in others.items() if other != package and floor(other) >= floor(package)]
    if is_in(name, ("sandbox.child",)):
        wrong += [module for module in others if not is_in(module, ("sandbox.child", *allowed_in_child()))]
    elif not is_in(name, ("sandbox.child",)):
        wrong += [module for module in others if is_in(module, ("sandbox.child",))]
    return sorted(set(wrong))


def is_in(module: str, packages: Sequence[str]) -> bool:
    return any(f"{module}.".startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize(("name", "path"), modules().items(), ids=list(modules()))
def test_a_module_imports_what_it_may(name: str, path: Path) -> None:
    """No module knows those above it or beside it, and the child's knows nothing of the parent."""
    assert forbidden(name, path) == []


@pytest.mark.parametrize(
    ("name", "statement", "found"),
    [
        ("model.value", "from grader.judging.findings import findings", "judging.findings"),
        ("judging.compare", "from grader import intake", "intake"),
        ("gradebook.rows", "from grader.report import wording", "report.wording"),
        ("sandbox.session", "import grader.keymaking.keymaker", "keymaking.keymaker"),
        ("sandbox.child.child", "from grader.sandbox.dialogue import Talk", "sandbox.dialogue"),
        ("sandbox.child.zygote", "from grader.sandbox.gpu import children", "sandbox.gpu.children"),
        ("sandbox.child.pulse", "from grader.judging.laws import LAWS", "judging.laws"),
        ("sandbox.forked", "from grader.sandbox.child import zygote", "sandbox.child.zygote"),
        ("report.marks", "from grader import Exercise", "Exercise"),
    ],
)
def test_an_import_that_is_not_allowed_is_found(tmp_path: Path, name: str, statement: str, found: str) -> None:
    """The test above can fail: upward, sideways, through the package's face, and from the child to the parent."""
    bad = tmp_path / "module.py"
    bad.write_text(f"def peek():\n    {statement}\n")
    if found == "Exercise":
        with pytest.raises(AssertionError, match="places no package 'Exercise'"):
            forbidden(name, bad)
    else:
        assert forbidden(name, bad) == [found]


def test_every_package_has_a_place() -> None:
    """The line names the packages that there are, each once, and no others."""
    packages = {name.partition(".")[0] for name in modules()}
    assert sorted(package for floor in rule() for package in floor) == sorted(packages)


def test_no_package_is_a_heap() -> None:
    """A package of more than twenty modules has packages inside; no module is longer than 300 lines."""
    for folder in {path.parent for path in modules().values()}:
        beside = [path for path in folder.glob("*.py") if path.stem != "__init__"]
        inside = [package for package in folder.iterdir() if (package / "__init__.py").is_file()]
        assert len(beside) <= MOST_MODULES or inside, folder
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules().items()}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_torch_is_imported_where_tensors_are_needed() -> None:
    """Nowhere else: judging, reports and reading cost no import of torch."""
    importers = {
        name
        for name, path in modules().items()
        if re.search(r"^\s*(import torch|from torch)\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {name for name in importers if not is_in(name, allowed_to_import_torch())} == set()
    assert all(any(is_in(name, (allowed,)) for name in importers) for allowed in allowed_to_import_torch())


def loads_torch(statement: str) -> bool:
    command = f"import sys; {statement}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.strip() == "True"


def test_judging_does_not_import_torch() -> None:
    """A student's cold check costs one `import torch`, in the child, and not two."""
    assert not loads_torch("import grader.grading.examine, grader.cli.check, grader.cli.checker, grader.grading.pool")


def test_importing_torch_would_be_seen() -> None:
    """The test above can fail: making keys does import torch."""
    assert loads_torch("import grader.keymaking.keymaker")
