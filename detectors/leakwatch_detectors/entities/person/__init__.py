"""Names, contacts and attributes of people."""
