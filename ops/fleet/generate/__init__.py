"""A fleet for engines that exist elsewhere: CI systems, Pulumi Deployments, the Pulumi Kubernetes operator."""
