"""Whom a hidden test asks: the student's code in the sandbox, the course's code in the judge, and what they answered.

What is right or wrong about an answer is decided in `grader.judging`.
"""
