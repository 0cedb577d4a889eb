"""Whether one tenant's storm is felt by another."""
