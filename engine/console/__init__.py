"""The command line's room: one module per group of commands, and what they share.

A module of commands has a function ``register(app)``; the list of modules is in `segmentry.cli`.
"""
