"""The operator: what makes a host a node of the cluster (image replicated-operator)."""
