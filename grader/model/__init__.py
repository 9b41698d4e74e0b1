"""The values that a grading is made of: submission, observations, verdicts, results. Pure data, keyword-only.

Belongs here: types that several rooms hand to each other, and the tree of a text of Python.
Does not: reading, running, deciding, wording.
"""
