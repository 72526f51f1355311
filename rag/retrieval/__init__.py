"""Finding the evidence: several signals for every unit of the index, put together by fitted weights."""
