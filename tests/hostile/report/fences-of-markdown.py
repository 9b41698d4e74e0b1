"""Raise and print what ends a block of code, a table, a fold and a comment in a summary.

outcome = "text of a submission stands within code that is fenced by more than it holds"
status = ["raised"]
"""
EVIL = "\n".join([
    "`" * 3, "~~~~", "`" * 40, "</summary></details>", "<!--", "-->", "| a | b |", "|---|---|", "# Full marks", "---",
    "[click](https://evil.example)", "![seen](https://evil.example/x.png)", "<https://evil.example>",
    "[one]: https://evil.example", "@everyone @course/staff", "<img src=https://evil.example/y.png>", "&#64;everyone",
])


def transform(x, w):
    print(EVIL)
    raise ValueError(EVIL)  # ``` </details> <img src=x> [click](https://evil.example) @everyone
