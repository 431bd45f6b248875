"""What the scheduler holds for a run: only the wish to forget it when its head has gone, however it went."""

from __future__ import annotations

import asyncio
from typing import Any

from distributed import Scheduler, SchedulerPlugin


class ForgetRun(SchedulerPlugin):
    """Takes a run's plugin, with its key, from scheduler and workers when the client that made it is gone."""

    def __init__(self, run: str, client: str) -> None:
        self.name = f"{run}-forgets"
        self.run = run
        self.client = client

    async def start(self, scheduler: Scheduler) -> None:
        """Nothing to begin with."""
        self._forgetting: asyncio.Future[Any] | None = None

    def remove_client(self, scheduler: Scheduler, client: str) -> None:
        """Dask calls it for every client that has gone or that nobody can reach."""
        if client == self.client:
            self._forgetting = asyncio.ensure_future(self._forget(scheduler))

    async def _forget(self, scheduler: Scheduler) -> None:
        if self.run in scheduler.worker_plugins:
            await scheduler.unregister_worker_plugin(None, self.run)
        await scheduler.unregister_scheduler_plugin(self.name)
