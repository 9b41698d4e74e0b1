"""What is kept of a course: who handed in what, how it was graded, what people decided, what was handed on.

Belongs here: tables, migrations and stores, the final grade and what a class export reads. Does not: grading
(`batch`, `judging`), rendering.
"""
