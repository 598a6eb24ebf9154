"""What the channels of a message allow: lengths and limits."""
