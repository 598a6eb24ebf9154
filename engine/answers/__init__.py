"""What an evaluation answers: memberships, sizes, why a customer is in, what a run would do."""
