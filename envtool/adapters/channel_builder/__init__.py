"""Builds conda channels from what is on the machine."""
