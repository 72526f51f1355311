"""What the commands of `evidenca` do; `ui.cli` knows their options and calls them."""
