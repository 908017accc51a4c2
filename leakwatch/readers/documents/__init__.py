"""Readers of documents: Office, PDF, mail."""
