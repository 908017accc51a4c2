"""Tables: surnames, provinces, token formats, stop words, advice."""
