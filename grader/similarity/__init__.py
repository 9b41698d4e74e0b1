"""Which submissions of a class have code in common: it shows, it does not accuse.

Belongs here: comparing and showing. Does not: any consequence for a grade.
"""
