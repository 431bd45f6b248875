"""The statements of a student's file: what their kind tells of them, and where they stand."""

from __future__ import annotations

import ast

DEFINITIONS = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
)
"""The statements that are run of what stands below a line that stopped a file: they say what a name means."""

StatementPlace = tuple[int, int]
"""The line of a statement, from 1, and its number among the statements of that line, from 0."""
