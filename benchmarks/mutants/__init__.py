"""Plants single faults into a copy of the Keras sources, and sees which the gate finds."""
