"""Parsers of binary formats run in a confined process of their own."""
