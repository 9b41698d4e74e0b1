"""The subcommands of `grade`, by who gives them."""
