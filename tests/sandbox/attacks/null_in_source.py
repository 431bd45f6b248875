# outcome: raised ValueError | raised SyntaxError
# A null byte between the lines.
def double(x):
    return "@NULL@"
