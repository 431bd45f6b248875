# outcome: raised
# Its name is a megabyte of escape codes.
def double(x):
    raise type("\x1b[2J" * 100_000, (Exception,), {})("x" * 10_000_000)
