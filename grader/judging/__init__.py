"""From a submission's answers to verdicts: hidden tests, the judge, and where the steps of a grading meet.

Belongs here: running hidden tests and wording what each check came to. Does not: why an answer is wrong (`diagnosis`),
points (`rules`), running a student's code (`sandbox`).
"""
