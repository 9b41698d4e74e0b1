"""Whom a hidden test asks: the student's code in the sandbox, the course's code in the judge, and what they answered.

Belongs here: calling a driver on either, recordings, one case run. Does not: whether an answer is right (`judging`,
`authoring.compare`).
"""
