"""The three inboxes on the server."""
