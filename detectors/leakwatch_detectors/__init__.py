"""A Presidio recogniser pack for Chinese-speaking consumer finance. It knows nothing of leakwatch."""
