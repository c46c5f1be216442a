"""Writing the note of a visit and ending the visit: forms that several areas show beside their page."""
