"""Pages and a seed make a key."""
