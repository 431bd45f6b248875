"""What the fork server imports for all commands."""

import os
import sys
import warnings
from importlib import import_module

os.environ["JUPYTER_PLATFORM_DIRS"] = "0"  # asked for while jupyter_core is imported
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # see nbgrader/without
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for name in (
        "torch", "nbgrader.apps.nbgraderapp", "nbgrader.api", "grader.cli.grade", "grader.cli.run", "grader.cli.nbgrader",
    ):  # fmt: skip
        import_module(name)
