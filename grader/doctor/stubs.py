"""Whether stubs say everything: signature, docstring, doctests that are right."""

from __future__ import annotations

import ast
import doctest
import inspect
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from grader.course.book import Books, sections_of
from grader.course.course import Topic
from grader.course.page import Page
from grader.course.places import place_of
from grader.doctor.records import Problem


def examine_stubs(topic: Topic, pages: Sequence[Page], doubtful: Collection[str] = ()) -> tuple[Problem, ...]:
    """Problems of a topic's stubs. doubtful: ids of pages whose references are wrong: no example is tried with them."""
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
    return (*found, *_doctests(topic, {page.name: page.reference for page in pages if page.id not in doubtful}))


def examine_book(pages: Sequence[Page], books: Books) -> tuple[Problem, ...]:
    """Problems of what pages say about where in the book they belong."""
    named = [page for page in pages if page.exercise.book]
    return tuple(
        Problem(
            page.where(), f"the book has no section {page.exercise.book!r}.", "Look the label up in exercises/book."
        )
        for page in named
        if not sections_of(books, page.exercise.book)
    )


def _where(topic: Topic, node: ast.FunctionDef | ast.ClassDef) -> str:
    return f"{place_of(topic.path, node.lineno)}: {node.name}"


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
    if not doc.strip():
        repair = "Say the task in one sentence, then Args:, Returns: and an example (>>>)."
        yield Problem(_where(topic, node), "the stub has no docstring.", repair)
        return
    lines = doc.splitlines()
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
            yield _wrong_example(topic, name, test, printed.getvalue())


def _wrong_example(topic: Topic, name: str, test: doctest.DocTest, printed: str) -> Problem:
    """A doctest that the reference fails, with the line where it stands."""
    lines = topic.path.read_text(encoding="utf-8").splitlines()
    begins = next((at for at, line in enumerate(lines) if re.match(rf"(def|class) {name}\b", line)), 0)
    source = _failing_source(printed)
    line = next((at for at, text in enumerate(lines[begins:], begins + 1) if source and source in text), begins + 1)
    said = " ".join(re.split(r"Expected:|Exception raised:", printed)[-1].split())
    said = said if "Traceback" not in said else said.rpartition(") ")[2]
    what = f"{name}: an example is wrong: expected {said}."
    return Problem(place_of(topic.path, line), what, "Correct the doctest.")


def _failing_source(printed: str) -> str:
    """The first line of the first example that failed, out of doctest's report."""
    _, _, rest = printed.partition("Failed example:\n")
    return rest.splitlines()[0].strip() if rest else ""
