"""Reads rules, checks them and evaluates them over customers."""
