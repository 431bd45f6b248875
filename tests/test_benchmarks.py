"""Benchmarks are commands that are seldom run: what they import of the product is there."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from tests.helpers.course import ROOT


@pytest.mark.parametrize("file", sorted((ROOT / "benchmarks").glob("*.py")), ids=lambda file: str(file.stem))
def test_what_a_benchmark_imports_is_there(file: Path) -> None:
    """Also what it imports within its functions, which nobody notices before they are called."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("grader", "tests")):
            module = importlib.import_module(node.module or "")
            lacking = [alias.name for alias in node.names if not hasattr(module, alias.name)]
            missing = [name for name in lacking if not (Path(module.__file__ or "").parent / f"{name}.py").exists()]
            assert missing == [], f"{file.name}: {node.module}"
