"""How a request reached the services, which conditions of policies may ask."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Way:
    """From the internet, or through an endpoint of a VPC."""

    address: str
    vpc: str = ""
    endpoint: str = ""

    def keys(self) -> Mapping[str, str]:
        """As conditions know it: with an endpoint there is no public source address."""
        if not self.endpoint:
            return {"aws:sourceip": self.address}
        return {"aws:sourcevpc": self.vpc, "aws:sourcevpce": self.endpoint, "aws:vpcsourceip": self.address}
