"""The batch door: a file of documents in, a file of verdicts out."""
