# outcome: raised FileNotFoundError | raised PermissionError
# Reads who has an account.
def double(x):
    return "BREACH: " + open("/etc/passwd").read()
