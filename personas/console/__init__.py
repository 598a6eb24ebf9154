"""The commands about people and copy: a module per command, each with `register(app)`."""
