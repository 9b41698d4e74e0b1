"""Make a new assignment from a solution: what is marked, asked, mistaken and sampled is read and tried out.

Belongs here: what `grade new` writes. Does not: what judges it, which is lint.
"""
