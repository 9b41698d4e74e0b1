"""Keep who handed in what, how it was graded, what people changed and what was handed on."""
