"""Patients: found, registered, edited, put into households, merged, imported."""
