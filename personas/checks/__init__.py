"""Checks on briefs, written by template, model or hand."""
