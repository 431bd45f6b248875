"""Small changes to a reference that a page must notice.

The generic changes (operators, comparisons, constants, booleans) are Cosmic Ray's; those of the field are ours:
a term dropped, two arguments swapped, a sum for a mean, a maximum for a minimum, a call left out. A mutant that
no check notices is equivalent, and the page says why (`Exercise(equivalent={"part of the new line": "reason"})`), or it
shows a case that is missing.
"""

from __future__ import annotations

import ast
import copy
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from grader.course.page import Page
from grader.course.places import source_of
from grader.doctor.records import Problem
from grader.judging.findings import passes
from grader.keymaking.expected import asker
from grader.keymaking.keymaker import make_exercise_key
from grader.model.keys.key import ExerciseKey

ARITHMETIC = ("Add", "Sub", "Mul", "Div", "Pow", "FloorDiv")
ORDER = ("Eq", "NotEq", "Lt", "LtE", "Gt", "GtE")
CHOICES = ("ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd")
OTHERS = ("NumberReplacer", "AddNot", "ReplaceUnaryOperator_USub_UAdd", "ReplaceUnaryOperator_Delete_Not", *CHOICES)
PAIRS = (
    ("sum", "mean"), ("amax", "amin"), ("max", "min"), ("exp", "expm1"), ("log", "log1p"), ("zeros_like", "ones_like"),
    ("zeros", "ones"), ("square", "abs"), ("sqrt", "square"),
)  # fmt: skip
TWINS = {other: one for one, other in PAIRS} | dict(PAIRS)
SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed reference; `line` is the first line that differs, as it now reads."""

    source: str
    line: str


@dataclass(frozen=True, slots=True)
class MutantRecord:
    """How the mutants of a page fared. Equivalent ones are those that the page gives a reason for."""

    id: str
    killed: int
    equivalent: tuple[str, ...]
    survivors: tuple[str, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(
            Problem(self.id, f"nothing notices the change to {line!r}.", "Add a case, or say in equivalent=… why.")
            for line in self.survivors
        )


def examine_mutants(page: Page, seeds: Sequence[int] = (1, 2)) -> MutantRecord:
    """Runs every mutant of the page's reference until a check notices it."""
    keys = [make_exercise_key(page, seed) for seed in seeds]
    killed, equivalent, survivors = 0, [], []
    for mutant in mutants(page):
        if any(_noticed(page, key, mutant) for key in keys):
            killed += 1
        elif any(part in mutant.line for part in page.exercise.equivalent):
            equivalent.append(mutant.line)
        else:
            survivors.append(mutant.line)
    return MutantRecord(page.id, killed, tuple(equivalent), tuple(survivors))


def mutants(page: Page) -> tuple[Mutant, ...]:
    """Every different mutant of the reference."""
    tree = ast.parse(source_of(page.reference))
    original = ast.unparse(tree)
    sources = dict.fromkeys([*_generic(original), *_of_the_field(tree)])
    return tuple(Mutant(source, _changed_line(original, source)) for source in sources if source != original)


def _generic(source: str) -> Iterator[str]:
    """Cosmic Ray's mutants."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    for name in operator_names():
        if not _wanted(name.rpartition("/")[2]):
            continue
        operator, place = get_operator(name)(), 0
        while (changed := mutate_code(source, operator, place)) is not None:
            place += 1
            try:
                yield ast.unparse(ast.parse(changed))
            except SyntaxError:
                continue


def _wanted(name: str) -> bool:
    kind, _, rest = name.partition("_")
    pair = rest.split("_")
    if kind == "ReplaceBinaryOperator":
        return set(pair) <= set(ARITHMETIC)
    if kind == "ReplaceComparisonOperator":
        return set(pair) <= set(ORDER)
    return name in OTHERS


def _of_the_field(tree: ast.Module) -> Iterator[str]:
    """Ours: one node replaced at a time."""
    nodes = list(ast.walk(tree))
    for place, node in enumerate(nodes):
        for replace in _replacements(node):
            changed = copy.deepcopy(tree)
            replaced = _Replace(list(ast.walk(changed))[place], replace)
            yield ast.unparse(ast.fix_missing_locations(replaced.visit(changed)))


def _replacements(node: ast.AST) -> Iterator[Callable[[Any], ast.AST]]:
    if isinstance(node, ast.BinOp):
        yield lambda n: n.left
        yield lambda n: n.right
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in TWINS:
            yield _twin
        if not isinstance(node.func.value, ast.Name) or node.func.value.id not in ("torch", "math"):
            yield lambda n: n.func.value
    if isinstance(node, ast.Call) and len(node.args) >= 2:
        yield _swapped
    if isinstance(node, ast.Call) and any(each.arg == "keepdim" for each in node.keywords):
        yield _without_keepdim


def _twin(node: ast.Call) -> ast.AST:
    assert isinstance(node.func, ast.Attribute)
    node.func.attr = TWINS[node.func.attr]
    return node


def _swapped(node: ast.Call) -> ast.AST:
    node.args[0], node.args[1] = node.args[1], node.args[0]
    return node


def _without_keepdim(node: ast.Call) -> ast.AST:
    node.keywords = [each for each in node.keywords if each.arg != "keepdim"]
    return node


class _Replace(ast.NodeTransformer):
    """Replaces one node by identity."""

    def __init__(self, target: ast.AST, change: Callable[[Any], ast.AST]):
        self._target, self._change = target, change

    def visit(self, node: ast.AST) -> Any:
        return self._change(node) if node is self._target else super().visit(node)


def _changed_line(before: str, after: str) -> str:
    old = before.splitlines()
    return next((line.strip() for line in after.splitlines() if line not in old), after.splitlines()[-1].strip())


def _noticed(page: Page, key: ExerciseKey, mutant: Mutant) -> bool:
    namespace = dict(page.reference.__globals__)
    exec(compile(mutant.source, str(page.path), "exec"), namespace)
    ask = asker(page, namespace[page.name])
    try:
        with _deadline(SECONDS):
            return len(passes(key, [ask(question) for question in key.questions])) < len(key.checks)
    except TimeoutError:
        return True


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """For loops that a mutation has made endless."""

    def late(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.05)  # again and again: `respond` swallows the first
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
