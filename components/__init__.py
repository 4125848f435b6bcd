"""Pulumi component resources, one noun a file. They take typed arguments and never read configuration.

Type tokens are `wickr:<module>:<Noun>`; children are named `<component>-<suffix>` and hang from their component.
Names and suffixes are part of every state file: they do not change.
"""
