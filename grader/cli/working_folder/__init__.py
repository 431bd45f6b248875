"""The commands of a student's working folder: d2l-check init, list, reset, hint, explain, plot. A module a command."""
