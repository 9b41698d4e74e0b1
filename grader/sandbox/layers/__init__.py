"""Layers of isolation, a file for each: its name, how to have it, how to try it, and what puts it in force.

`registry` lists them, and `layer` says in which order they are put in force. `plan` asks each what a fork server can
find out beforehand, `apply` carries that out in a worker, `doctor` tries each, and `requirements` compares what a
course asks for. `libc` and `child` are what several of them need. A new layer is a file, its line in the registry and
its test. Deadlines and caps on what is read belong to `host`, which works from outside.
"""
