"""Rules that hold for every stack, as plain functions over its resources, and as a Pulumi policy pack."""
