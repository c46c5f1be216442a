"""Sign-in secrets, connections that can be trusted, staff accounts, and preparing a database for the program."""
