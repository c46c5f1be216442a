"""The database's schema: what the migrations make, what they verify, and that models and types agree with it."""
