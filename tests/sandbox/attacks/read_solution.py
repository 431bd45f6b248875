# outcome: raised FileNotFoundError | raised PermissionError
# Reads the reference implementation by its path.
def double(x):
    return "BREACH: " + open("@SECRET@").read()
