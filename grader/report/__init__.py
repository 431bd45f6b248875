"""Score cards become what people read: results in, text out. Nothing here writes a file."""
