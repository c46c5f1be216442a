"""Rules of the clinic: written in plain words, tried on the last days, run, and what runs hold decided."""
