"""Names of actions, for services that sign their calls by another name than the one that policies know them by.

moto takes the name of the signature, and would judge CloudWatch's calls by actions that do not exist."""

from moto.iam.access_control import IAMRequestBase

SIGNED_AS = {"monitoring": "cloudwatch"}
_JUDGE = IAMRequestBase.check_action_permitted


def patch() -> None:
    """Puts the function below in place of moto's."""
    IAMRequestBase.check_action_permitted = check_action_permitted


def check_action_permitted(self: IAMRequestBase, resource: str) -> None:
    """As moto does it, by the right name."""
    service, _, call = self._action.partition(":")
    self._action = f"{SIGNED_AS.get(service, service)}:{call}"
    _JUDGE(self, resource)
