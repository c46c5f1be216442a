"""Ground floor: ids, clock, errors, text, paths, translations. Standard library and platformdirs only."""
