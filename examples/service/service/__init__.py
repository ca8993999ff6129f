"""A small service that keeps items in PostgreSQL."""
