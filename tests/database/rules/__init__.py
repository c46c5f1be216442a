"""Clinical rules and weekly summaries at the server."""
