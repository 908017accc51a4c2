"""Tables: surnames, provinces, token formats, stop words, advice. Long ones are text files."""
