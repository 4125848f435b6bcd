"""The rights that a deployment of a stack needs, and no others, as an IAM policy."""
