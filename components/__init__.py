"""Pulumi component resources, one noun a file. They take typed arguments and never read configuration.

Type tokens are `wickr:<module>:<Noun>`; children are named `<component>-<suffix>` and hang from their component.
Names and suffixes are part of every state file: they do not change.

They register no outputs. A program reads their attributes, a person what their children are; and for those of each
component the engine would save the whole state while every other resource waits.
"""
