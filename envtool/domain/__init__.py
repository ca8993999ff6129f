"""Data and rules: plain values and pure functions, without IO, clock or environment."""
