# outcome: died
# Runs bytecode that no compiler writes.
def double(x):
    code = double.__code__.replace(co_code=b"\x64\xff" * 40, co_consts=())
    exec(code)
