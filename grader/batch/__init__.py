"""Grade a class: look up what is known, grade the rest on every core or machine, keep it, write what each student gets.

Belongs here: the run and its jobs, what it shows and writes. Does not: finding submissions (`intake`), keeping results
(`gradebook`), grading one of them (`judging`).
"""
