"""The version of this package, and nothing else: whoever needs it imports no word of a page."""

__version__ = "0.1.0"
