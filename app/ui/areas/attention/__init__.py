"""Needs attention: what couldn't be saved as it was done offline, with both sides and the ways out."""
