"""Run a student's code where it can do no harm, and bring back what it computed.

Belongs here: the two sides of the wall, the layers of isolation, and the frames between the sides. Does not: what an
answer means; what crosses is values, or facts of a failure.
"""
