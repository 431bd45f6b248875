"""What submissions are graded with: the key of the whole course, and a sandbox."""

from __future__ import annotations

from tests.helpers.submissions import key as key
from tests.helpers.submissions import sandbox as sandbox
