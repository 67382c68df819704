"""What the documentation promises of each route, as data, and the known disagreements with it."""
