"""Let people mark write-ups in a browser on their own machine, into the gradebook."""
