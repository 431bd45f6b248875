# outcome: missing
# Nothing to ask.
def something_else(x):
    return x
