"""Answers in sentences of the article: choosing the fewest that answer, or none; lists, overviews, claims."""
