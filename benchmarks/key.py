"""What a key costs: seconds to make it, bytes on disk, seconds to load it: `python benchmarks/key.py`."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from grader.course.course import read_course
from grader.keymaking.parallel import made_key
from grader.model.keys.key import for_students
from grader.model.keys.key_file import load_key, save_key

ROOT = Path(__file__).parent.parent


def main() -> None:
    course = read_course(ROOT)
    started = time.perf_counter()
    key = made_key(course, (), seed=3)
    made = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as scratch:
        whole, kit = Path(scratch, "whole.key"), Path(scratch, "kit.key")
        save_key(key, whole)
        save_key(for_students(key), kit)
        started = time.perf_counter()
        load_key(whole)
        loaded = time.perf_counter() - started
        questions = sum(len(exercise.entries) for exercise in key.exercises)
        print(
            f"{len(key.exercises)} exercises, {questions} questions: made in {made:.1f} s, loaded in {loaded:.2f} s, "
            f"{whole.stat().st_size / 2**20:.2f} MiB, for students {kit.stat().st_size / 2**20:.2f} MiB"
        )


if __name__ == "__main__":
    main()
