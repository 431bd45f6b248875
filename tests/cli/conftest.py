"""What the commands are tried on: small courses, their kits, a class that was graded once."""

from __future__ import annotations

from tests.helpers.commands import here as here
from tests.helpers.kits import alone as alone
from tests.helpers.kits import kit as kit
from tests.helpers.sandbox_modes import started as started
from tests.helpers.secret_course import tiny as tiny
from tests.helpers.tiny_class import course as course
from tests.helpers.tiny_class import graded as graded
