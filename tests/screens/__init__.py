"""Draws every view of the program on the demo clinic."""
