# outcome: raised
# Not an Exception: most nets do not catch it.
class Fall(BaseException):
    pass
def double(x):
    raise Fall
