"""One file for each step, never changed once it was released.

Belongs here: what a step does, written out. Does not: anything imported from ours, which changes.
"""
