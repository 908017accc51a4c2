"""Names and addresses in running text, by a model (extra ``ner``)."""
