# outcome: raised
# An exception that cannot be shown.
class Bad(Exception):
    def __str__(self): raise SystemExit(0)
    __repr__ = __str__
def double(x):
    raise Bad
