"""How the names begin of what a stack makes: no two stacks of an account have one in common."""

import pulumi


def label() -> str:
    """Of Name tags, and of names without a hierarchy."""
    return f"wickr-{pulumi.get_stack()}"


def folder() -> str:
    """Of alarms and log groups; and the folder of this stack in a bucket that it may share with others."""
    return f"wickr/{pulumi.get_stack()}"
