"""The page of a class: every student of an assignment, what they earned and what they got wrong."""
