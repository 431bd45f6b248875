"""Whether home says what class says: the same files checked as d2l-check does and as d2l-grade does, with one seed.

`python benchmarks/agreement.py [CLASS]... [--files 300] [--seed 1]`. The files are those of the classes (the sample
class, unless others are named), the answers of `tests/data/answers`, and files that are generated: a right answer or a
known mistake in each function, among lines that people leave in their files (demonstrations, checks, plots, logs,
threads, own modules). Each file is read from a folder of its own three times:

    class      as d2l-grade reads and asks it: behind the walls, with the key that holds right functions to ask beside
    home       as d2l-check does, with the part of that key that a kit holds: this system's way
    elsewhere  the same, in the way that systems without a fork take; of every tenth folder

It prints how many verdicts of shown checks were compared, which differ, and how many differ only because class asked
once more beside a right function of ours. Goal: none differs. Exit code 1 where one does.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.cli.checker import read_workspace
from grader.course.course import read_course
from grader.grading.examine import examine
from grader.intake.read import read_submission
from grader.keymaking.parallel import made_key
from grader.model.keys.key import AnswerKey, for_students
from grader.model.limits import Limits
from grader.model.result import SubmissionResult
from grader.report.explanation import explanation
from grader.sandbox.session import Sandbox
from grader.sandbox.spawned import Processes
from tests.helpers.course import page, source_of

ROOT = Path(__file__).parent.parent
TOPICS = ("broadcasting", "softmax", "dropout")
HURRIED = Limits(import_seconds=3.0, question_seconds=3.0, exercise_seconds=10.0)
HEADS = (
    "from __future__ import annotations",
    "import numpy as np",
    "import matplotlib.pyplot as plt",
    "import os, sys, time",
    "from d2l import torch as d2l",
    "from helpers import scaled, SIZE",
    "import pandas as pd",
    "%matplotlib inline",
    "get_ipython().run_line_magic('load_ext', 'autoreload')",
    "torch.manual_seed(0)",
    "device = 'cpu'",
    "torch.set_default_dtype(torch.float32)",
    "import warnings; warnings.filterwarnings('ignore')",
)
LINES = (
    "print(torch.__version__)",
    "plt.plot([1, 2]); plt.show()",
    "fig, ax = plt.subplots(); ax.set_title('x')",
    "assert 1 + 1 == 3, 'check'",
    "x = torch.rand(3, 4); print(x.mean())",
    "raise SystemExit",
    "import sys; sys.exit(0)",
    "open('run.log', 'w').write('done')",
    "data = open('data.csv').read()",
    "import os; os.makedirs('runs', exist_ok=True)",
    "import threading; threading.Thread(target=print).start()",
    "import os; os.system('nvidia-smi')",
    "exit()",
    "import subprocess; subprocess.run(['ls'])",
    "import logging; logging.basicConfig(filename='a.log')",
    "input('go? ')",
    "import asyncio; asyncio.run(asyncio.sleep(0))",
    "from multiprocessing import Pool; Pool(2)",
    "x = torch.ones(2).cuda()",
    "x = torch.ones(2, device='mps')",
    "next(iter(torch.utils.data.DataLoader([1], num_workers=2)))",
    "import os; os.chdir('/')",
    "print(sys.argv[1])",
    "import urllib.request; urllib.request.urlopen('http://localhost')",
    "if __name__ == '__main__':\n    raise ValueError",
    "import tempfile; tempfile.mkdtemp()",
    "import ctypes; ctypes.string_at(0)",
    "torch.save(torch.ones(1), 'w.pt')",
    "print(scaled(torch.ones(2)))",
    "os._exit(0)",
    "while True:\n    pass",
    "def main():\n    return SIZE\nmain()",
    "class Net(torch.nn.Module):\n    pass\nNet()(1)",
    "undefined_name",
    "1 / 0",
)
HELPERS = "import torch\nSIZE = 3\n\ndef scaled(x):\n    return x * SIZE\n"


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("classes", nargs="*", type=Path, default=[ROOT / "demo" / "class"])
    options.add_argument("--files", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    course = read_course(ROOT)
    key = made_key(course, tuple(topic.name for topic in course.topics), given.seed)
    with tempfile.TemporaryDirectory() as scratch:
        folders = sorted(folder for path in given.classes for folder in path.iterdir() if folder.is_dir())
        folders += list(answered(Path(scratch)))
        folders += list(generated(Path(scratch), given.files, given.seed))
        counts = compared(key, folders)
    print(f"{len(folders)} folders: {counts['same']} verdicts of shown checks are the same, {counts['differ']} differ; "
          f"{counts['rescued']} more were better in class beside a right function of ours")  # fmt: skip
    return 1 if counts["differ"] else 0


def compared(key: AnswerKey, folders: list[Path]) -> Counter[str]:
    """How many verdicts are the same at home and in class."""
    counts: Counter[str] = Counter()
    ways = {"home": Sandbox.start(HURRIED, trust=True), "elsewhere": Sandbox(Processes(), HURRIED)}
    with Sandbox.start(HURRIED, preload=True) as walls, ways["home"]:
        for number, folder in enumerate(folders, 1):
            result = examine(key, read_submission(folder, key.functions), walls)
            for way, sandbox in ways.items():
                if way == "elsewhere" and number % 10:
                    continue  # each of its children imports torch
                at_home = examine(for_students(key), read_workspace(folder, key.topics), sandbox)
                counts += differences(f"{folder.name}, {way}", at_home, result)
            if sys.stderr.isatty():
                print(f"\r{number} of {len(folders)}", end="", file=sys.stderr)
    return counts


def differences(name: str, home: SubmissionResult, classroom: SubmissionResult) -> Counter[str]:
    """Compares the verdicts of shown checks; prints those that differ."""
    counts: Counter[str] = Counter()
    if classroom.status != "graded":
        return counts  # there is nothing to compare with
    graded = {exercise.id: exercise for exercise in classroom.exercises}
    for exercise in home.exercises:
        other = graded[exercise.id]
        if exercise.source == "absent" and other.source != "absent":
            continue  # class has read a file of another name or place, which nobody would check so at home
        verdicts = {check.name: check.verdict for check in other.checks if check.shown}
        for check in exercise.checks:
            if check.name not in verdicts or check.verdict is verdicts[check.name]:
                counts["same"] += 1
            elif other.note and other.note.kind == "graded_beside":
                counts["rescued"] += 1
            else:
                counts["differ"] += 1
                print(f"{name}: {exercise.id} {check.name}: {check.verdict} at home ({explanation(check)[:90]!r}), "
                      f"{verdicts[check.name]} in class")  # fmt: skip
    return counts


def answered(scratch: Path) -> Iterator[Path]:
    """Folders with the answers of the tests: in each file, one answer to every function of its topic."""
    for path in sorted((ROOT / "tests" / "data" / "answers").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        answers: dict[str, list[str]] = {}
        for name, function in re.findall(r"^(?:def|class) ((?:wrong_)?([a-z]\w*?_?)__(?!_)\w+)", text, re.MULTILINE):
            answers.setdefault(function, []).append(name)
        for number in range(max(map(len, answers.values()), default=0)):
            chosen = [f"{function} = {names[number % len(names)]}" for function, names in answers.items()]
            folder = scratch / f"answers-{path.stem}-{number:02}"
            folder.mkdir()
            (folder / path.name).write_text("\n".join([text, *chosen, ""]), encoding="utf-8")
            yield folder


def generated(scratch: Path, count: int, seed: int) -> Iterator[Path]:
    """Folders with one file each, beside an own module."""
    chance = random.Random(seed)
    for number in range(count):
        topic = TOPICS[number % len(TOPICS)]
        folder = scratch / f"file{number:03}"
        folder.mkdir()
        (folder / f"{topic}.py").write_text(file(topic, chance), encoding="utf-8")
        (folder / "helpers.py").write_text(HELPERS, encoding="utf-8")
        yield folder


def file(topic: str, chance: random.Random) -> str:
    """A file as somebody might leave it."""
    functions = list(sources(topic, chance).values())
    head = ["import torch", *chance.sample(HEADS, chance.randrange(4))]
    head.sort(key=lambda line: not line.startswith("from __future__"))
    for line in chance.sample(LINES, chance.randrange(3)):
        functions.insert(chance.randrange(len(functions) + 1), line)
    return "\n\n".join([*head, *functions]) + "\n"


def sources(topic: str, chance: random.Random) -> Mapping[str, str]:
    """A definition of each function of a topic: right, or with a known mistake."""
    chosen = {}
    for function in read_course(ROOT).topic(topic).functions:
        exercise = page(f"{topic}.{function}")
        mistakes = [known.function for known in exercise.misconceptions]
        chosen[function] = source_of(chance.choice([exercise.reference, *mistakes[:3]]), function)
    return chosen


if __name__ == "__main__":
    sys.exit(main())
