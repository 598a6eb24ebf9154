"""The resolved plan: what is to be computed, in terms that every engine can lower."""
