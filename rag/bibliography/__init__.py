"""Questions about the bibliography, computed exactly: read -> execute -> compose."""
