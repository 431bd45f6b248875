"""The two commands: parse, call, print."""
