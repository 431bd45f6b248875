"""A course folder, as its author writes it: pages, stubs, limits."""
