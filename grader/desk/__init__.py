"""What stays at work while a student works: a course made ready, which grades on every save and for every `grade run`.

Belongs here: noticing changes, keys, the socket. Does not: grading, and how a result is drawn.
"""
