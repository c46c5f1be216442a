"""The arrival board: who is expected, has arrived, is with a provider, is done."""
