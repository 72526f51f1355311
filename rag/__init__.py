"""From a question to a cited answer: retrieve, select, compose."""
