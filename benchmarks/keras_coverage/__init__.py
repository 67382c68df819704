"""How much of Keras's code that saves and loads a run of the harness executes."""
