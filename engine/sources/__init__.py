"""From files to frames of the engine's own types, with every value that does not fit counted."""
