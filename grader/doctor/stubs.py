"""Whether stubs say everything: signature, docstring, doctests that are right."""

from __future__ import annotations

import ast
import doctest
import inspect
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from grader.course.book import Books, sections_of
from grader.course.course import Topic
from grader.course.page import Page
from grader.doctor.records import Problem


def examine_stubs(topic: Topic, pages: Sequence[Page]) -> tuple[Problem, ...]:
    """Problems of a topic's stubs."""
    references = {page.name: page.reference for page in pages}
    tree = ast.parse(topic.path.read_text(encoding="utf-8"))
    definitions = {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    found = [
        problem
        for name, reference in references.items()
        for problem in (
            *_signature(topic, definitions[name], reference),
            *_docstring(topic, definitions[name]),
            *_body(topic, definitions[name]),
        )
    ]
    return (*found, *_doctests(topic, references))


def examine_book(pages: Sequence[Page], books: Books) -> tuple[Problem, ...]:
    """Problems of what pages say about where in the book they belong."""
    named = [page for page in pages if page.exercise.book]
    return tuple(
        Problem(page.id, f"the book has no section {page.exercise.book!r}.", "Look the label up in exercises/book.")
        for page in named
        if not sections_of(books, page.exercise.book)
    )


def _where(topic: Topic, node: ast.FunctionDef | ast.ClassDef) -> str:
    return f"{topic.path.name}, {node.name}"


def _signature(topic: Topic, node: ast.FunctionDef | ast.ClassDef, reference: Any) -> Iterator[Problem]:
    if isinstance(node, ast.ClassDef):
        return
    stub = [(each.arg, None) for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    wanted = list(inspect.signature(reference).parameters)
    if [name for name, _ in stub] != wanted:
        names = ", ".join(wanted)
        yield Problem(_where(topic, node), f"the reference takes ({names}).", "Give stub and reference one signature.")
    if sum(each is not None for each in (*node.args.defaults, *node.args.kw_defaults)) != sum(
        each.default is not each.empty for each in inspect.signature(reference).parameters.values()
    ):
        yield Problem(_where(topic, node), "defaults differ from the reference's.", "Give both the same.")
    if any(each.annotation is None for each in node.args.args) or node.returns is None:
        yield Problem(_where(topic, node), "an annotation is missing.", "Annotate every argument and the return value.")


def _docstring(topic: Topic, node: ast.FunctionDef | ast.ClassDef) -> Iterator[Problem]:
    doc = ast.get_docstring(node) or ""
    lines = doc.splitlines() or [""]
    if not lines[0].endswith((".", "?", "!")):
        yield Problem(
            _where(topic, node), "the docstring's first line is no sentence.", "Say the task in one sentence."
        )
    if isinstance(node, ast.ClassDef):
        return
    for section in ("Args:", "Returns:", ">>> "):
        if section not in doc and not (section == "Args:" and not node.args.args):
            yield Problem(_where(topic, node), f"the docstring has no {section.strip()}", "Add it.")
    for each in node.args.args:
        if not any(
            line.strip().startswith((f"{each.arg}:", f"{each.arg},"))
            or f", {each.arg}:" in line
            or f", {each.arg}," in line
            for line in lines
        ):
            yield Problem(_where(topic, node), f"the docstring does not say what {each.arg} is.", "Add it to Args.")


def _body(topic: Topic, node: ast.FunctionDef | ast.ClassDef) -> Iterator[Problem]:
    if isinstance(node, ast.FunctionDef) and ast.unparse(node.body[-1]) != "raise NotImplementedError":
        yield Problem(_where(topic, node), "the stub does something.", "Let it only raise NotImplementedError.")


def _doctests(topic: Topic, references: Mapping[str, Any]) -> Iterator[Problem]:
    """Runs every example of the topic with the references in place of the stubs."""
    namespace: dict[str, Any] = {"__name__": topic.name}
    exec(compile(topic.path.read_text(encoding="utf-8"), str(topic.path), "exec"), namespace)
    docs = {name: namespace[name].__doc__ or "" for name in references}
    namespace |= references
    for name, doc in docs.items():
        test = doctest.DocTestParser().get_doctest(doc, dict(namespace), name, str(topic.path), 0)
        printed = io.StringIO()
        outcome = doctest.DocTestRunner(verbose=False).run(test, out=printed.write)
        if outcome.failed:
            said = " ".join(printed.getvalue().split("Expected:")[-1].split())
            yield Problem(
                f"{topic.path.name}, {name}", f"an example is wrong: expected {said}.", "Correct the doctest."
            )
