"""Which submissions of a class have code in common: it shows, it does not accuse."""
