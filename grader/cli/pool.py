"""Processes for work that is ours: keys to make, pages to examine. Submissions have `grader.grading`."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from grader.sandbox.processes import end_with_parent


@contextmanager
def worker_pool(size: int) -> Iterator[ProcessPoolExecutor]:
    """Workers that end with this process. An error, or Ctrl-C, ends them at once: nobody waits for the others."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(size, mp_context=context, initializer=end_with_parent) as pool:
        try:
            yield pool
        except BaseException:
            for worker in multiprocessing.active_children():
                worker.kill()
            pool.shutdown(cancel_futures=True)
            raise
