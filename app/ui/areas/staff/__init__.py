"""Accounts of the clinic's staff, for administrators."""
