"""Answers computed exactly over the table of clinical trials: read, execute, compose."""
