"""The ground floor: the vocabulary everything else stands on, and the article itself."""
