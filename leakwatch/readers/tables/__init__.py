"""Readers of tables: delimited text, workbooks, SQLite, Parquet."""
