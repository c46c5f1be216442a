"""Importing files from the window: choosing, watching, stopping, the report; for lists, records and devices."""
