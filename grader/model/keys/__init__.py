"""Answer keys as data: what they hold, how they lie in files, and their variants."""
