"""Notebooks for classes that use nbgrader: made here, checked in the student's kernel, graded in our sandbox.

`check` is the student's and needs no nbgrader; what nbgrader itself loads is `judge`, `mend` and `record`.
"""
