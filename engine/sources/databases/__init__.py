"""Databases: their tables and queries, read in one transaction as a file of the same rows would be."""
