"""What hosts may do in AWS, where that is not the stack's to decide alone."""

from typing import Self

from pydantic import model_validator

from infra.model import Model
from infra.names import PolicyArn, ProfileName


class Iam(Model):
    """Roles of hosts: the stack's own, which can be bounded, or none where you bring an instance profile."""

    instance_profile: ProfileName | None = None
    """The name of an instance profile of yours for the messaging and calling hosts; then the stack makes no role for
    them. What session manager needs of it is in docs/bring-your-own.md."""
    permissions_boundary: PolicyArn | None = None
    """The ARN of a policy of yours that bounds every role that the stack makes."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.instance_profile and self.permissions_boundary:
            raise ValueError(
                "permissionsBoundary bounds roles that the stack makes, and with instanceProfile it makes none for its "
                "hosts; bound the role of your profile yourself, and take permissionsBoundary out"
            )
        return self
