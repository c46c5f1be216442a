"""The embedded PostgreSQL: init, start, stop, supervise, backup and restore."""
