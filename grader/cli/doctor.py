"""What d2l-grade doctor does: examine every page, stub and kit, and print what must be repaired."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import chain
from pathlib import Path

import click
from rich.console import Console

from grader.cli.doctor_pool import examined, topics_and_exercises
from grader.course.course import Course, load_pages, page_of, read_course, stray_pages
from grader.course.page import Page
from grader.doctor import coverage, kill_matrix
from grader.doctor.conditional import ConditionalRecord, examine_conditional
from grader.doctor.coverage import CoverageRecord
from grader.doctor.layout import examine_layout, loaded_pages
from grader.doctor.mutants import MutantRecord, examine_mutants
from grader.doctor.page import examine_page
from grader.doctor.records import PageRecord, Problem
from grader.keymaking.keymaker import rehearse
from grader.model.errors import PageError
from grader.model.keys.seeds import PUBLIC_SEED
from grader.report.wording import plural


def print_findings(folder: Path, topics: Sequence[str], seeds: int, jobs: int, style: str) -> bool:
    """Prints the findings as lines, as a matrix, as JSON or the problems alone; whether the course is sound.

    The line of an exercise is printed when it has been examined: all of a course take long, and may be stopped.
    """
    tell = {"lines": _print_line, "matrix": _print_matrix}.get(style)
    records, problems = problems_of(read_course(folder), topics, seeds, jobs, tell)
    if style == "json":
        click.echo(
            json.dumps({"pages": [asdict(r) for r in records], "problems": [asdict(p) for p in problems]}, indent=1)
        )
    elif style == "quiet":
        for problem in problems:
            click.echo(f"✗ {problem}", err=True)
    else:
        if style == "matrix":
            for record in records:
                _print_line(record)
        _print_sum(records, problems, seeds)
    return not problems


def problems_of(
    course: Course, topics: Sequence[str], seeds: int, jobs: int, tell: Callable[[PageRecord], None] | None = None
) -> tuple[list[PageRecord], list[Problem]]:
    """How each page of these topics (or exercises; all by default) fared, and all that must be repaired.

    tell: hears of each page as soon as those before it in the book are examined.
    """
    records = []
    for record in examined(course, topics, jobs, partial(_examine, seeds=seeds)):
        records.append(record)
        if tell:
            tell(record)
    whole = topics_and_exercises(course, topics)[0] if topics else [topic.name for topic in course.topics]
    return records, _problems(course, whole, records)


def _problems(course: Course, whole: Sequence[str], records: Sequence[PageRecord]) -> list[Problem]:
    """All that must be repaired. whole: topics that were asked for as a whole, with their folders and their kit.

    Of a page that is refused nothing else is said, for all of that may follow from it; nor is a kit without it packed.
    """
    refused = {record.id for record in records if not record.seeds}
    names = tuple(dict.fromkeys(record.id.partition(".")[0] for record in records))
    problems = [*_about_names(course), *examine_layout(course, [course.topic(name) for name in whole])]
    problems += [problem for record in records for problem in record.problems]
    problems += _about_stubs(course, names, refused)
    return problems if refused else [*problems, *_about_kit(course, whole)]


def print_mutants(folder: Path, topics: Sequence[str], jobs: int) -> bool:
    """Prints how the mutants of every reference fared; whether each is noticed, or equivalent with a reason."""
    records = list(examined(read_course(folder), topics, jobs, _examine_mutants))
    console = Console(highlight=False, soft_wrap=True)
    for record in records:
        mark = "✗" if record.survivors else "✓"
        counts = f"{record.killed} noticed, {len(record.equivalent)} equivalent, {len(record.survivors)} survive"
        console.print(f"{mark} {record.id:32} {counts}", markup=False)
    for problem in (problem for record in records for problem in record.problems):
        console.print(f"✗ {problem}", style="red", markup=False)
    killed, survive = sum(record.killed for record in records), sum(len(record.survivors) for record in records)
    console.print(f"{killed} of {killed + survive} mutants that change an answer are noticed.", style="bold")
    return not survive


def print_coverage(folder: Path, names: Sequence[str], jobs: int) -> bool:
    """Prints what of each stub is asked: every partition for single exercises, or else a table; whether all is well."""
    course = read_course(folder)
    topics, single = topics_and_exercises(course, names)
    records = (
        [_examine_coverage(folder, *each.split(".")) for each in single]
        if single
        else list(examined(course, topics, jobs, _examine_coverage))
    )
    for record, spoilt in records:
        if single:
            click.echo("\n".join(coverage.lines(record)))
            noticed = ", ".join(f"{count} {kind}" for kind, count in spoilt.noticed.items())
            click.echo(f"  noticed of answers that are wrong in one place: {noticed or 'none'}")
            for kind, where in spoilt.survivors:
                click.echo(f"  not noticed: {kind} in {where}")
        else:
            click.echo(coverage.row(record))
    problems = [problem for record, spoilt in records for problem in (*record.problems, *spoilt.problems)]
    for problem in problems:
        Console(highlight=False, soft_wrap=True).print(f"✗ {problem}", style="red", markup=False)
    return not problems


def _examine_coverage(folder: Path, topic: str, name: str) -> tuple[CoverageRecord, ConditionalRecord]:
    page = _page(folder, topic, name)
    made = rehearse(replace(page, misconceptions=(), first_attempts=()), PUBLIC_SEED)
    record = coverage.examine_coverage(page, read_course(folder).topic(topic), made.covered)
    return record, examine_conditional(made)


def _examine(folder: Path, topic: str, name: str, seeds: int) -> PageRecord:
    try:
        page = _page(folder, topic, name)
        record = examine_page(page, range(PUBLIC_SEED, PUBLIC_SEED + seeds))
        unread = coverage.of_stub(page, read_course(folder).topic(topic)) if record.seeds else ()
    except PageError as error:
        where, _, what = str(error).partition(": ")
        return PageRecord(f"{topic}.{name}", 0, 0, problems=(Problem(where, what, ""),))
    return replace(record, problems=(*record.problems, *unread))


def _examine_mutants(folder: Path, topic: str, name: str) -> MutantRecord:
    return examine_mutants(_page(folder, topic, name))


def _page(folder: Path, topic: str, name: str) -> Page:
    import torch

    torch.set_num_threads(1)
    course = read_course(folder)
    return page_of(course, course.topic(topic), name)


def _about_names(course: Course) -> list[Problem]:
    """Topics that d2l-check could not be asked for: a command of the same name wins."""
    from grader.cli.check import check

    taken = [topic for topic in course.topics if topic.name in check.commands]
    repair = "Give the topic another name, in course.toml and of its files."
    return [Problem(f"{topic.name}.py", f"d2l-check {topic.name} is a command.", repair) for topic in taken]


def _about_stubs(course: Course, names: Sequence[str], refused: Collection[str]) -> list[Problem]:
    """What the stubs of these topics lack, and what is wrong with pages beyond what their keys tell."""
    from grader.doctor.references import examine_references
    from grader.doctor.stubs import examine_book, examine_stubs

    problems: list[Problem] = []
    for topic in map(course.topic, names):
        loaded = loaded_pages(course, topic)
        sound = [page for page in loaded if page.id not in refused]
        wrong = {page.id: examine_references(topic, [page]) for page in sound}
        doubtful = {*refused, *(id for id, about in wrong.items() if about)}
        problems += examine_stubs(topic, loaded, doubtful)
        problems += (*chain(*wrong.values()), *examine_book(sound, course.books))
    return problems


def _about_kit(course: Course, names: Sequence[str]) -> list[Problem]:
    """What the kit of these topics tells that it should not. Single exercises have none."""
    from grader.doctor.kit_leaks import examine_kit
    from grader.keymaking.cache import cached_key

    topics = [topic for topic in map(course.topic, names) if topic.stubs]
    if not topics or any(stray_pages(course, topic) for topic in topics):
        return []
    key = cached_key(course.folder, [topic.name for topic in topics])
    return list(examine_kit(topics, load_pages(course, [topic.name for topic in topics]), key))


def _print_matrix(record: PageRecord) -> None:
    click.echo("\n".join((*kill_matrix.lines(record), "")))


def _print_line(record: PageRecord) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(_line(record), style="red" if record.problems else None, markup=False)


def _print_sum(records: Sequence[PageRecord], problems: Sequence[Problem], seeds: int) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(_sum(records, seeds), markup=False)
    for problem in problems:
        console.print(f"✗ {problem}", style="red", markup=False)
    console.print("The course is sound." if not problems else f"{len(problems)} things to repair.", style="bold")


def _line(record: PageRecord) -> str:
    known = record.misconceptions
    caught = sum(each.caught == record.seeds for each in known)
    named = sum(each.named for each in known)
    most = max((each.earns for each in known), default=0.0)
    mark = "✗" if record.problems else "✓"
    if not record.seeds:
        return f"{mark} {record.id:32} refused"
    of = record.seeds * len(known)
    return (
        f"{mark} {record.id:32} {caught:2}/{len(known):2} misconceptions caught, {named}/{of} named, "
        f"earn at most {most:.0%}; {record.alternatives} alternatives; {record.seconds:.1f} s"
    )


def _sum(records: Sequence[PageRecord], seeds: int) -> str:
    if not any(record.seeds for record in records):
        return f"{plural(len(records), 'exercise')}, and of none of them can a key be made."
    parts = []
    for kind, random in (("deterministic", False), ("random", True)):
        known = [each for record in records for each in record.misconceptions if each.random is random]
        if known:
            share = sum(each.named for each in known) / (seeds * len(known))
            wrong = sum(sum(each.misnamed.values()) for each in known)
            parts.append(f"{len(known)} {kind} misconceptions: {share:.1%} named, {wrong} called by a wrong name")
    namings = [record.naming for record in records]
    recoded, pairs = sum(each.recoded for each in namings), sum(each.pairs for each in namings)
    if recoded:
        parts.append(f"coded otherwise: {sum(each.named for each in namings) / recoded:.1%} named")
        both = sum(each.both for each in namings)
        parts.append(f"{pairs} pairs of mistakes: {both / max(pairs, 1):.1%} told both")
    attempts, neutral = sum(each.attempts for each in namings), sum(each.neutral for each in namings)
    if attempts:
        parts.append(f"{attempts} first attempts: {sum(each.told for each in namings) / attempts:.1%} told in full")
    wrong = sum(len(each.misnamed) for each in namings)
    parts.append(f"of all these and of {neutral} answers that come from no mistake {wrong} got a wrong name")
    return f"{plural(len(records), 'exercise')} on {plural(seeds, 'seed')}. " + "; ".join(parts) + "."
