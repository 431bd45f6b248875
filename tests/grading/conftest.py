"""What submissions are graded with: the key of the whole course, a sandbox, and two courses of their own."""

from __future__ import annotations

from tests.helpers.mixed_class import class_key as class_key
from tests.helpers.secret_course import tiny as tiny
from tests.helpers.submissions import key as key
from tests.helpers.submissions import sandbox as sandbox
