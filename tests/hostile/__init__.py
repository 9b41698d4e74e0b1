"""Submissions that cheat, hang, exit, steal and print; each states in its docstring what must become of it.

`python -m tests.hostile` grades them all inside an outer jail. A family is a folder; an attack is a file in it.
"""
