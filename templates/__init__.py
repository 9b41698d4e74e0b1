"""The Jinja templates: at the top of the checkout, and the package `grader.templates` once installed."""
