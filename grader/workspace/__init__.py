"""A student's working folder: how it begins, what was done in it, and how an exercise begins again."""
