"""From save to verdict: `python benchmarks/watch.py [--saves 40] [--exercise softmax.softmax] [--spawned]`.

A person's terminal is made, `d2l-check --watch` runs in it, and a file is saved again and again, each time with another
constant, so that the code is new. Measured is the time from the end of the save until the new verdict stands on the
screen, as p50 and p95; beside it the time that the same questions take in this process, called directly.

`--exercise softmax`: all exercises of a topic have changed, and all are asked for (key a). `--spawned`: in the way of
systems that cannot fork, by processes that wait warm.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.grading.exercise import judged
from grader.keymaking.cache import cached_key
from grader.kits.student import write_kit
from grader.model.keys.key import ExerciseKey, for_students

ROOT = Path(__file__).parent.parent
PATIENCE_SECONDS = 120.0
ELSEWHERE = """
from grader.cli.check import main
from grader.model.limits import Limits
from grader.sandbox.session import Processes, Sandbox
Sandbox.start = lambda limits=None, trust=False, preload=False: Sandbox(Processes(preload), limits or Limits())
main()
"""
WRONG = "\n\ndef {function}(*args, **kwargs):\n    return args[0] * {factor}\n"


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--saves", type=int, default=40)
    options.add_argument("--exercise", default="softmax.softmax", help="or a topic")
    options.add_argument("--spawned", action="store_true")
    options.add_argument("--pause", type=float, default=0.3, help="seconds between two saves; spawned: about ten")
    given = options.parse_args()
    topic = given.exercise.partition(".")[0]
    key = for_students(cached_key(ROOT, [topic]))
    asked = [exercise for exercise in key.exercises if given.exercise in (exercise.id, exercise.topic)]
    start = [sys.executable, "-c", ELSEWHERE] if given.spawned else [sys.executable, "-m", "grader", "check"]
    with TemporaryDirectory() as scratch:
        write_kit(key, Path(scratch))
        seconds = _saved_and_told(start, Path(scratch) / f"{topic}.py", given.exercise, asked, given.saves, given.pause)
    bare = sum(_called(exercise) for exercise in asked)
    p50, p95 = statistics.median(seconds), sorted(seconds)[int(0.95 * len(seconds))]
    print(f"{given.exercise}: save to verdict p50 {p50 * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms of {len(seconds)} saves")
    print(f"the same questions called and judged in this process: {bare * 1e3:.0f} ms")
    return 0


def _saved_and_told(
    start: Sequence[str], file: Path, target: str, asked: Sequence[ExerciseKey], saves: int, pause: float
) -> list[float]:
    stub = file.read_text(encoding="utf-8")
    person, terminal = pty.openpty()
    command = [*start, "--watch", target]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
    ends = {"stdin": terminal, "stdout": terminal, "stderr": terminal}
    with subprocess.Popen(command, cwd=file.parent, env=environment, **ends) as run:
        _read_until(person, "q quit")
        seconds = []
        for number in range(saves):
            wrong = (WRONG.format(function=exercise.function, factor=number + 2) for exercise in asked)
            source = "".join((stub, *wrong))
            beside = file.with_suffix(".new")
            beside.write_text(source, encoding="utf-8")
            time.sleep(pause)  # a person's pause: nothing of the last save is still going on
            started = time.perf_counter()
            os.replace(beside, file)
            if len(asked) > 1:
                os.write(person, b"a")
            _read_until(person, asked[-1].id if len(asked) > 1 else "q quit")
            seconds.append(time.perf_counter() - started)
        os.write(person, b"q")
        run.wait(PATIENCE_SECONDS)
    return seconds


def _read_until(person: int, words: str) -> None:
    """Reads the screen until these words come, and what comes directly behind them."""
    seen, end = "", time.monotonic() + PATIENCE_SECONDS
    while words not in seen:
        if time.monotonic() > end:
            raise SystemExit(f"nothing came but {seen[-500:]!r}")
        ready, _, _ = select.select([person], [], [], 1.0)
        if ready:
            seen += os.read(person, 1 << 16).decode(errors="replace")
    while select.select([person], [], [], 0.02)[0]:
        os.read(person, 1 << 16)


def _called(exercise: ExerciseKey) -> float:
    """Seconds for the same questions without any of what surrounds them, the best of five."""
    from grader.runner.respond import respond

    source = WRONG.format(function=exercise.function, factor=1.5)
    namespace: dict[str, object] = {"__file__": f"{exercise.topic}.py"}
    exec(compile(source, f"{exercise.topic}.py", "exec"), namespace)
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        judged(exercise, source, tuple(respond(namespace, question) for question in exercise.questions))
        best = min(best, time.perf_counter() - started)
    return best


if __name__ == "__main__":
    sys.exit(main())
