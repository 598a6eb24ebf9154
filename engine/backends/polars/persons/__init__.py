"""One person from several records: who is joined, who is kept apart, and what is known of each."""
