"""The JSON API: the contract of `evidenca ask --json`, and the article to look things up in."""
