# outcome: died
# Runs bytecode that no compiler writes.
import types
def double(x):
    code = (lambda: 0).__code__.replace(co_code=b"\x64\xff" * 40, co_consts=())
    return types.FunctionType(code, {})()
