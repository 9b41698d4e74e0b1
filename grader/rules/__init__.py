"""How verdicts become points: what each check earns, and the rules that cost points beside the checks.

Belongs here: one file for each rule, with its terms, what it takes and the sentence that says so. Does not: how a
check is judged (`judging`), marks and overrides (`gradebook.final_grade`).
"""
