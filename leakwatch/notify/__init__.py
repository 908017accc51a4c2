"""Telling people: who hears of an incident and when (``dispatch``), and getting it there (``delivery``).

One module per chat. Nothing outside this package opens a connection.
"""
