"""What is told to authors: one type for all findings, their catalogue, one tree of exceptions."""
