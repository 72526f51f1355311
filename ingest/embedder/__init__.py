"""Evidenca's own bilingual embedder: sums of feature vectors, small enough to come with the package."""
