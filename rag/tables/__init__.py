"""Answers computed exactly over the table of clinical trials.

`read.TableReader` turns a question into a `query.TableQuery` or says why it is none about the table,
`execute.execute` carries the query out over the typed rows, `compose.compose` puts the result into
words in either language. Words, countries and fields of medicine are data in the TOML files here.
"""
