"""Notebooks for classes that use nbgrader: made here, checked in the student's kernel, graded in our sandbox.

`release` makes what students get, `autograde` holds the steps that nbgrader itself loads.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

FORMER_NAMES = {
    "mend": "sanitize",
    "restore": "overwrite_cells",
    "judge": "execute",
    "record": "save_grades",
    "validity": "check_metadata",
    "read": "exporter",
}
"""Modules of steps as the configuration of a course may name them that was made by an earlier version."""


class _Former(ModuleType):
    """A module under its former name, which loads the present one when it is asked for something."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(import_module(f"{__name__}.autograde.{FORMER_NAMES[self.__name__.rpartition('.')[2]]}"), name)


for _former in FORMER_NAMES:
    sys.modules[f"{__name__}.{_former}"] = _Former(f"{__name__}.{_former}")
