# outcome: raised FileNotFoundError | raised PermissionError
# Follows a link that lies in a folder of submissions.
def double(x):
    return "BREACH: " + open("@SECRETS@/link").read()
