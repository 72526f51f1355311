"""From a source file to an index: read, parse, chunk, embed, store."""
