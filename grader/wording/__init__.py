"""Text that several rooms show: how values differ, in the words of `STYLE`. Nothing here decides anything."""
