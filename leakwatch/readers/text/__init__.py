"""Readers of text: plain lines, JSON, markup, SQL dumps."""
