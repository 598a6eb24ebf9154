"""The beginning of a workspace: sample data, and the files that `init` writes."""
