# outcome: raised SyntaxError
# Never compiles.
def double(x:
    return 2 * x
