"""Score the answers on gold questions."""
