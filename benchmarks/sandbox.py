"""What the sandbox costs: ratios within one run, so that they mean the same on a slow machine and on a fast one.

    layers                  wall time of a submission with all layers on, over the same without any; goal: 1.25
    overhead                processor time of a submission beyond its own computing, over that of `import torch`;
                            goal: 0.05
    a fresh interpreter     wall time of `import torch`, over that of a submission

Run it as `python benchmarks/sandbox.py`.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from grader.model.question import Question, Returned
from grader.model.value import Array
from grader.sandbox.forked import Zygotes
from grader.sandbox.session import EitherWay, Sandbox

EXERCISES, QUESTIONS, ROUNDS = 22, 8, 20
SOURCE = "import torch\n" + "".join(
    f"def exercise_{number}(x):\n    w = (x - x.amax(1, keepdim=True)).exp()\n    return w / w.sum(1, keepdim=True)\n"
    for number in range(EXERCISES)
)
X = Array.of(np.random.default_rng(0).normal(size=(32, 10)).astype("float32"))


def questions(number: int) -> list[Question]:
    return [Question(f"exercise_{number}", (X,), seed=seed) for seed in range(QUESTIONS)]


def grade(sandbox: Sandbox) -> None:
    """One submission of all exercises."""
    with sandbox.submission({"topic": SOURCE}) as submission:
        for number in range(EXERCISES):
            assert all(isinstance(answer, Returned) for answer in submission.ask("topic", questions(number)))


def processor_seconds(sandbox: Sandbox) -> float:
    """Of this process, and of the zygote with all its children that are dead."""
    children = sandbox._children
    zygotes = children.working() if isinstance(children, EitherWay) else children
    assert isinstance(zygotes, Zygotes)
    own = resource.getrusage(resource.RUSAGE_SELF)
    ticks = 0
    for pid in family(zygotes._zygote._process.pid):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
    return own.ru_utime + own.ru_stime + ticks / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and its only line of children: the waiting half of a zygote in namespaces, and the zygote."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in family(int(child)))]


def costs(*sandboxes: Sandbox) -> list[tuple[float, float]]:
    """Median wall seconds and mean processor seconds of a submission in each, taken in turn."""
    walls: list[list[float]] = [[] for _ in sandboxes]
    processors = [0.0 for _ in sandboxes]
    for turn in range(ROUNDS + 1):
        for place, sandbox in enumerate(sandboxes):
            before, began = processor_seconds(sandbox), time.perf_counter()
            grade(sandbox)
            if turn:  # the first one warms up
                walls[place].append(time.perf_counter() - began)
                processors[place] += processor_seconds(sandbox) - before
    return [(statistics.median(wall), spent / ROUNDS) for wall, spent in zip(walls, processors, strict=True)]


def own_computing() -> float:
    """Processor seconds of the same questions, asked in this process."""
    import torch

    from grader.runner.module import LoadedModule, load
    from grader.runner.respond import respond

    torch.set_num_threads(1)
    module = load(SOURCE, "topic")
    assert isinstance(module, LoadedModule)

    def everything() -> None:
        for number in range(EXERCISES):
            for question in questions(number):
                respond(module.namespace, question)

    everything()
    began = time.process_time()
    for _ in range(ROUNDS):
        everything()
    return (time.process_time() - began) / ROUNDS


def import_torch() -> tuple[float, float]:
    """Wall and processor seconds of a fresh interpreter that imports torch; the best of three."""

    def once() -> tuple[float, float]:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import torch"], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return time.perf_counter() - began, spent

    walls, processors = zip(*(once() for _ in range(3)), strict=True)
    return min(walls), min(processors)


def main() -> None:
    torch_wall, torch_processor = import_torch()
    with Sandbox.start(trust=True, preload=True) as bare, Sandbox.start() as locked:
        (bare_wall, bare_processor), (wall, processor) = costs(bare, locked)
        layers = ", ".join(locked.layers)
    own = own_computing()
    print(f"{EXERCISES} exercises of {QUESTIONS} questions; {layers}")
    print(f"import torch              {torch_wall:7.3f} s wall  {torch_processor:7.3f} s processor")
    print(f"own computing                              {own:7.3f} s processor")
    print(f"a submission, no layers   {bare_wall:7.3f} s wall  {bare_processor:7.3f} s processor")
    print(f"a submission, all layers  {wall:7.3f} s wall  {processor:7.3f} s processor")
    layered = f"{wall / bare_wall:7.2f} x wall  {processor / bare_processor:7.2f} x processor"
    print(f"layers                    {layered} (goal: 1.25)")
    overhead = (processor - own) / torch_processor
    print(f"overhead                  {overhead:7.3f} of the processor time of import torch (goal: 0.05)")
    print(f"a fresh interpreter       {torch_wall / wall:7.1f} x the wall time of a submission")


if __name__ == "__main__":
    main()
