"""Fail at a line of code that is markup.

outcome = "quoted lines are escaped"
status = ["raised"]
"""


def transform(x, w):
    raise ValueError("</code></pre><injected onload=alert(1)><script>alert(1)</script>{{ 7 * 7 }}[red]")  # <injected>
