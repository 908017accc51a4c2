"""Cards, accounts, loans."""
