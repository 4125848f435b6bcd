"""Security groups as AWS counts them against its quotas, and networks that fill them."""

from collections import Counter

from tests.recorder import Deployment

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"


def strangers(count: int) -> list[str]:
    """So many networks of which no two are neighbours, the admin network of the complete stack among them."""
    return ["198.51.100.64/26", *(f"11.{number // 128}.{number % 128 * 2}.0/24" for number in range(count - 1))]


NEIGHBOURS = ["198.51.100.64/26", *(f"11.0.{number}.0/24" for number in range(199))]
"""Two hundred networks, as an address plan has them."""


def weights(deployment: Deployment) -> Counter[tuple[str, int]]:
    """What AWS counts in each group, by IP version: a list as often as it may have entries, and, since AWS does not
    say that it counts a list in its own version alone, in both.
    """
    lists = {f"{each.name}-id": each for each in deployment.of(LIST)}
    found: Counter[tuple[str, int]] = Counter()
    for rule in deployment.of(INGRESS):
        listed = rule.inputs.get("prefixListId")
        for version in (4, 6):
            if f"cidrIpv{10 - version}" not in rule.inputs:
                found[rule.inputs["securityGroupId"], version] += lists[listed].inputs["maxEntries"] if listed else 1
    return found
