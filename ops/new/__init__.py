"""The stack file of a new customer: written, commented, and right from the start."""
