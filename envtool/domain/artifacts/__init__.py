"""The files in `recovery/` that other tools, and people in trouble, make use of."""
