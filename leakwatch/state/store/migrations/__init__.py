"""Numbered SQL scripts; ``PRAGMA user_version`` says how many a database has seen."""
