"""The AWS API of the local cloud: moto, stricter where it matters, with calls that it lacks."""
