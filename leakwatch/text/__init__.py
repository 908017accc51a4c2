"""Text: encodings, escapes, line templates."""
