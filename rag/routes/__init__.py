"""What answers a planned question: one module for each route, and one for two of them together."""
