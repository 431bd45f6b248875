"""Stands in the way of the library of this name: jsonschema does without it, and so does whatever these tests ask.

Importing it builds forty grammars, which takes longer than all else that a command of nbgrader's does.
"""

raise ImportError("not needed here")
