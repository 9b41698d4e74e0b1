"""One step each, from the empty database on. A step that was released is never edited."""
