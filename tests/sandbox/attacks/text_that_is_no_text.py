# outcome: wrong
# Half a character, a terminal's escape codes, a null.
def double(x):
    return "\ud800\x1b[2J\x00"
