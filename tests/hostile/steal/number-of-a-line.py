"""Fail at a line whose number is made of the digits of a hidden input.

outcome = "a line that the file does not have is not named"
status = ["raised"]
"""
def transform(x, w):
    digits = int(f"{abs(x[0, 0]):.9f}".replace(".", ""))
    code = compile("raise ValueError", "attacked.py", "exec").replace(co_firstlineno=digits % (1 << 30))
    exec(code, {})
