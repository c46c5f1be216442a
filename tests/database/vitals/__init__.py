"""Vitals: recording, retracting, series and tables on both databases."""
