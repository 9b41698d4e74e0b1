"""A result as its readers get it: what each may see of it, and its JSON form.

Belongs here: the one door that leaves out what a reader may not see, and the documented form `grade/result/v1`.
Does not: rendering (`reporting`, `exports`), which takes what the door lets through.
"""
