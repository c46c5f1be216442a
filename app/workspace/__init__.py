"""The one door of window and command line: execute a command, ask a question, hear what changed."""
