"""What people read: one result as HTML or in a terminal, and the page of a class.

Belongs here: rendering what a reader may see. Does not: formats that other systems read (`exports`), points.
"""
