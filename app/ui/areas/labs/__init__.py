"""Results: what waits for a signature, and open orders."""
