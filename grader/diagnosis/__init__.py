"""Why an answer is wrong: known mistakes by name, else what its values show and where they are wrong.

Belongs here: whatever explains a failure, and only as far as it is certain. Does not: deciding that it is one
(`judging`), the sentences for shapes and values (`wording`).
"""
