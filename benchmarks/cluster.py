"""What a cluster costs beside the local pool: processor time per submission, efficiency, and the head's memory.

`python benchmarks/cluster.py places|workers|memory|process`, `--size N` submissions of the topic softmax, or with
`--tiny` of three exercises of a line each, which is all overhead.

places: one class on the local pool, on `local:2`, and on a scheduler with four workers, in network namespaces where the
machine has them; the results must be equal but for the seconds. workers: 1, 2, 4 and 8 workers; their machine has as
many cores as it has, so efficiency is by processor time per submission, not by the clock. memory: the largest resident
set of the head without its gradebook, of the process that speaks with the cluster and of the scheduler, while 20,000
submissions go through, with stand-ins for the graders. process: a process of its own for each submission, which a
container for each submission costs as well, and then the container.

Processor time is that of all processes together, by the kernel's accounting (cgroups, version 1; needs root). All runs
of a row share the machine with whatever else is on it: compare within one run of this program.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.helpers.clusters import can_have_hosts, command, environment, room  # noqa: E402
from tests.helpers.odd_workers import odd_machine  # noqa: E402
from tests.helpers.tiny_class import generate, generate_from_samples, write_course  # noqa: E402

TOPIC, FEW, MOST_SAID = "softmax", 8, 10
ACCOUNTS = Path("/sys/fs/cgroup/cpuacct")
STAND_IN = """\
import sys
if 'distributed' in ' '.join(sys.orig_argv) or 'spawn' in ' '.join(sys.orig_argv):
    from grader.grading.submission_grader import SubmissionGrader
    from grader.grading.task import Graded
    from grader.gradebook.serialization import from_record
    import json
    from grader.model.result import SubmissionResult

    RESULT = SubmissionResult("", "graded", tuple(map(from_record, json.load(open(@RESULT@)))))

    def graded(grader, task, submission):
        return Graded("", submission.digest, RESULT, tried=submission.tried)

    SubmissionGrader._graded = graded
"""
ALONE = """\
import sys
from pathlib import Path
from grader.grading.pool import GradingPlan, grade
from grader.grading.task import Task
from grader.intake.handed_in import HandedIn, Part
if __name__ == "__main__":
    plan = GradingPlan(Path(sys.argv[1]))
    print([each.result.status for each in grade(plan, [Task(HandedIn("x", (Part(Path(sys.argv[2])),)))])])
"""


HEAD = """\
import re, sys, time
from pathlib import Path
from multiprocessing import active_children
from grader.cli.cluster import cluster_executor
from grader.grading.options import Options
from grader.grading.task import Task
from grader.intake.layout import intake
from grader.model.keys.key_file import load_key

def peak(pid):
    found = re.search(r"VmHWM:\\s+(\\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024

if __name__ == "__main__":
    submissions, key, size, url, certificates, scheduler = sys.argv[1:]
    given = dict.fromkeys(("topics", "seed", "jobs", "dtype"))
    given |= {"out": Path("x"), "device": "cpu", "trust_submissions": False, "scheduler": url}
    options = Options.of(given | {"certificates": Path(certificates)})
    everyone, started = intake(Path(submissions)).handed_in, time.monotonic()
    tasks = (Task(everyone[number % len(everyone)]) for number in range(int(size)))
    with cluster_executor(options, load_key(Path(key)), Path(key), Path(submissions)) as executor:
        for number, graded in enumerate(executor.submit(tasks), 1):
            assert graded.result.status == "graded", graded
            if number in (500, 1_000, 2_000, 5_000, 10_000, 15_000, 20_000, int(size)):
                (client,) = active_children()
                megabytes = (f"{peak(pid):6.1f} MB" for pid in ("self", client.pid, scheduler))
                print(f"{number:>7,}", *map(" ".join, zip(("head", "client", "scheduler"), megabytes)),
                      f"{time.monotonic() - started:.0f} s", flush=True)
"""


@dataclass(frozen=True)
class Material:
    """What is graded: a course, and classes for it."""

    course: Path
    topic: str

    def made(self, folder: Path, size: int, hostile: int = 0) -> Path:
        """A class, one in `hostile` of which attacks."""
        if self.topic == TOPIC:
            return generate_from_samples(folder, size, TOPIC, hostile)
        return generate(folder, size, hostile=1 / hostile if hostile else 0.0)


@dataclass(frozen=True)
class Measured:
    """One run: wall time, processor time of all processes, the largest resident sets of head and client in MB."""

    seconds: float
    processor: float
    head: float = 0.0
    client: float = 0.0


@contextmanager
def account(name: str) -> Iterator[Path]:
    """A group of processes whose processor time is counted; what is started meanwhile belongs to it."""
    group = ACCOUNTS / f"d2l-bench-{os.getpid()}-{name}"
    group.mkdir()
    try:
        (group / "tasks").write_text(str(os.getpid()))
        yield group
    finally:
        (ACCOUNTS / "tasks").write_text(str(os.getpid()))
        for _ in range(100):
            try:
                group.rmdir()
                break
            except OSError:  # somebody is still ending
                time.sleep(0.1)


def used(group: Path) -> float:
    """Seconds of processor time so far."""
    return int((group / "cpuacct.usage").read_text()) / 1e9


def settle(group: Path, quiet: float = 0.1) -> None:
    """Waits until the group uses less than this part of a processor: workers that start pay for that themselves."""
    while True:
        before = used(group)
        time.sleep(3)
        if used(group) - before < 3 * quiet:
            return


def peak(pid: int) -> float:
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0
    except OSError:
        return 0.0


def graded(material: Material, group: Path, submissions: Path, out: Path, *more: str) -> Measured:
    """Runs `d2l-grade run` with the seed of all runs."""
    arguments = ("run", str(submissions), "-o", str(out), "--topics", material.topic, "--course", str(material.course))
    arguments = (*arguments, "--seed", "5", "--question-seconds", "1", "--submission-seconds", "10", *more)
    before, started = used(group), time.monotonic()
    head = client = 0.0
    with tempfile.TemporaryFile("w+") as told:  # a pipe that nobody reads would stop it
        process = subprocess.Popen(
            command(*arguments), cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=told
        )
        while process.poll() is None:
            head = max(head, peak(process.pid))
            below = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            with suppress(OSError):
                client = max((client, *(peak(int(pid)) for pid in below.read_text().split())))
            time.sleep(0.2)
        if process.returncode:
            told.seek(0)
            raise RuntimeError(told.read())
    return Measured(time.monotonic() - started, used(group) - before, head, client)


def timeless(node: Any) -> Any:
    """Without the seconds that it took, those that a deadline has seen used among them."""
    if isinstance(node, dict):
        return {name: timeless(value) for name, value in node.items() if name not in ("seconds", "used")}
    return [timeless(each) for each in node] if isinstance(node, list) else node


def results(out: Path) -> Any:
    return timeless(json.loads((out / "results.json").read_text(encoding="utf-8")))


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Where two results differ, and what they say there."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for name in one:
            yield from differences(one[name], other[name], f"{path}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (ours, theirs) in enumerate(zip(one, other, strict=True)):
            yield from differences(ours, theirs, f"{path}[{place}]")
    elif one != other:
        yield f"  {path}: {str(one)[:200]} | {str(other)[:200]}"


def warm(material: Material, group: Path, folder: Path) -> Path:
    """A folder with the key, so that no run pays for making it."""
    first = material.made(folder / "first", 2)
    graded(material, group, first, folder / "warm", "--jobs", "1")
    return folder / "warm" / ".keys"


def fresh(folder: Path, name: str, keys: Path) -> Path:
    """A folder for results that has the key already."""
    out = folder / name
    out.mkdir()
    (out / ".keys").symlink_to(keys, target_is_directory=True)
    return out


def beyond_its_start(
    material: Material, group: Path, folder: Path, submissions: Path, keys: Path, name: str, *more: str
) -> tuple[Measured, float]:
    """A run into the folder of this name, and the processor time of each submission beyond what a class of eight takes:
    starting processes and writing reports costs the same for every class."""
    few = material.made(folder / f"few for {name}", FEW)
    for warming in (True, False):  # the first one pays for workers that are still starting
        start = graded(material, group, few, fresh(folder, f"{name} {'warming' if warming else 'few'}", keys), *more)
    run = graded(material, group, submissions, fresh(folder, name, keys), *more)
    return run, (run.processor - start.processor) / (len(list(submissions.iterdir())) - FEW)


def line(name: str, run: Measured, each: float, beside: float | None = None) -> None:
    more = f"  {1000 * (each - beside):>+7.1f} ms" if beside else ""
    wall = f"{run.seconds:>7.1f} s  {run.processor:>7.1f} cpu-s"
    print(f"{name:<24}  {wall}  {1000 * each:>7.1f} ms each{more}  {3600 / each:>8,.0f} per core hour", flush=True)


def places(material: Material, size: int, folder: Path) -> None:
    submissions, hosts = material.made(folder / "class", size, 100), can_have_hosts()
    with account("places") as group:
        keys = warm(material, group, folder)
        run, here = beyond_its_start(material, group, folder, submissions, keys, "pool", "--jobs", "2")
        line("local pool of 2", run, here)
        run, each = beyond_its_start(material, group, folder, submissions, keys, "local", "--scheduler", "local:2")
        line("local:2", run, each, here)
        with room(folder / "there", 4, hosts) as there:
            settle(group)
            on = ("--scheduler", there.url, *there.options)
            run, each = beyond_its_start(material, group, folder, submissions, keys, "room", *on)
        line(f"4 workers, {'4 networks' if hosts else 'one network'}", run, each, here)
    here = results(folder / "pool")
    differing = [line for name in ("local", "room") for line in differences(here, results(folder / name))]
    print(f"results equal but for the seconds: {not differing}", *differing[:MOST_SAID], sep="\n")


def workers(material: Material, size: int, folder: Path, counts: Sequence[int] = (1, 2, 4, 8)) -> None:
    submissions = material.made(folder / "class", size)
    with account("workers") as group:
        keys, alone = warm(material, group, folder), 0.0
        for count in counts:
            with room(folder / f"room of {count}", count) as there:
                settle(group)
                on = ("--scheduler", there.url, *there.options)
                run, each = beyond_its_start(material, group, folder, submissions, keys, f"{count}", *on)
            alone = alone or each
            said = f"{1000 * each:>7.1f} cpu-ms each  efficiency {alone / each:.2f}  {run.seconds:.1f} s"
            print(f"{count} workers  {said}", flush=True)


def memory(material: Material, size: int, folder: Path) -> None:
    with account("memory") as group, room(folder / "room", 0) as there:
        keys = warm(material, group, folder)
        record = folder / "result.json"
        record.write_text(json.dumps(_records(folder / "warm")))
        stand_in = odd_machine(folder / "stand-in", STAND_IN.replace("@RESULT@", repr(str(record))))
        for number in (1, 2):
            there.start_worker(number, stand_in)
        submissions = material.made(folder / "class", 100)
        script, key = folder / "head.py", next(keys.glob(".class-*.key"))
        script.write_text(HEAD)
        scheduler = there.running["scheduler"].process.pid
        given = (str(submissions), str(key), str(size), there.url, str(there.certificates), str(scheduler))
        subprocess.run([sys.executable, str(script), *given], env=environment(), check=True)


def _records(out: Path) -> list[Any]:
    import sqlite3

    connection = sqlite3.connect(out / "gradebook.db")
    query = (
        "SELECT result FROM exercises WHERE submission_id = (SELECT min(submission_id) FROM exercises) ORDER BY rowid"
    )
    found = connection.execute(query).fetchall()
    connection.close()
    return [json.loads(row[0]) for row in found]


def process(material: Material, size: int, folder: Path) -> None:
    submissions = material.made(folder / "class", size)
    with account("process") as group:
        keys = warm(material, group, folder)
        key = next(keys.glob(".class-*.key"))
        script = folder / "alone.py"
        script.write_text(ALONE)
        before, started = used(group), time.monotonic()
        for student in sorted(submissions.iterdir()):
            subprocess.run(
                [sys.executable, str(script), str(key), str(student)],
                env=environment(),
                check=True,
                stdout=subprocess.DEVNULL,
            )
        run = Measured(time.monotonic() - started, used(group) - before)
        line("a process per submission", run, run.processor / size)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("places", "workers", "memory", "process"))
    parser.add_argument("--size", type=int)
    parser.add_argument("--tiny", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        tiny = given.tiny and write_course(folder / "course")
        material = Material(tiny, "doubling") if tiny else Material(ROOT, TOPIC)
        if given.what == "places":
            places(material, given.size or 2_000, folder)
        elif given.what == "workers":
            workers(material, given.size or 200, folder)
        elif given.what == "memory":
            memory(material, given.size or 20_000, folder)
        else:
            process(material, given.size or 10, folder)


if __name__ == "__main__":
    main()
