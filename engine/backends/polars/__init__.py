"""The Polars engine: the only room that reads data and lowers or runs a plan with Polars."""
