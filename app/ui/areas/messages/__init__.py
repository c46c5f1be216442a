"""Messages: the clinic's conversations with patients."""
