# outcome: raised EOFError
# Waits for somebody to type.
def double(x):
    return input("the answer, please: ")
