"""What learning systems deliver -> who has handed in what, and what of it can be read."""
