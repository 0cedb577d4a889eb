"""Tables, queries and the one writer."""
