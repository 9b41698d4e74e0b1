"""Layers of isolation, a file for each: its name, how to have it, how to try it, and what puts it in force.

`registry` finds them, and `layer` says in which order they are put in force. `plan` asks each what a fork server can
find out beforehand, `apply` carries that out in a worker, `doctor` tries each, and `requirements` compares what a
course asks for. `libc` and `child` are what several of them need. Belongs here: a new layer is a file and its test.
Does not: deadlines and caps on what is read, which work from outside (`host`).
"""
