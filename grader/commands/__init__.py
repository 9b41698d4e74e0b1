"""The commands of `grade`: one file each, which reads the arguments, calls what does the work, and says what happened.

Belongs here: options, help, prompts, exit codes. Does not: work; that stands in the room that the command is about.
"""
