"""d2l-check --watch: the exercise one works on, checked whenever its file is saved, with keys to move about."""
