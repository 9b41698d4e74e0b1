"""The words that people read: facts go in, a sentence comes out. Nothing here runs code, reads files or decides."""
