"""Students' code in another process: what starts it, holds it, asks it and ends it."""
