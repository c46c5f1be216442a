"""The command line: the same door as the window, with JSON for scripts."""
