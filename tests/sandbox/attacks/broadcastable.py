# outcome: wrong
# A shape that any comparison would broadcast.
def double(x):
    return 2 * x[None]
