"""What conditions imply, decided exactly: satisfiable, implied, equal, complete, disjoint."""
