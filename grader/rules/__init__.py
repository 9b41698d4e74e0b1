"""The rules of a rubric, a file for each: what a submission must keep to, and what breaking it costs."""
