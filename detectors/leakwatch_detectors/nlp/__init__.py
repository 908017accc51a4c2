"""Names and addresses in running text, found by an NER model (extra ``ner``)."""
