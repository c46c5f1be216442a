"""The schedule: a day with provider columns, booking, moving, blocking, closing."""
