"""Detection power: historical bugs, each hunted in an environment that has it."""
