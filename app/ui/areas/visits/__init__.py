"""Visits as a list with filters, each taken through its states beside it."""
