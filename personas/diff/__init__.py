"""`diff` for people: rounded and protected, as text, as a comment on a pull request, as JSON."""
