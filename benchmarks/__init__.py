"""What the harness is measured with; no part of what is installed."""
