# outcome: raised FileNotFoundError | raised PermissionError
# Opens a FIFO, where a reader waits for ever.
def double(x):
    return "BREACH: " + open("@SECRETS@/fifo").read()
