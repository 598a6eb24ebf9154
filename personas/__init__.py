"""Turns segments into facts, briefs and rendered text."""
