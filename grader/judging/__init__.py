"""From a submission's answers to verdicts and points: hidden tests, comparison, scoring, and where the steps meet.

Why an answer is wrong is found in `grader.diagnosis`, what the sentences say in `grader.wording`.
"""
