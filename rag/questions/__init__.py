"""Understanding a question: its language, words and kind, what it expects, what it follows up."""
