"""The plugin's process."""

from local.plugins.aws import (
    address,
    alarms,
    backups,
    ebs,
    endpoints,
    found,
    gateways,
    groups,
    identity,
    instance,
    isolation,
    keys,
    logs,
    network,
    policies,
    prefix_list,
    routes,
    rules,
    zones,
)
from local.plugins.aws.cloud import explain
from local.plugins.aws.lookups import FUNCTIONS
from local.plugins.aws.settings import SETTINGS, check_settings
from local.plugins.framework import Provider
from local.plugins.server import serve

PROVIDER = Provider(
    name="aws",
    version="7.51.1",
    sdk="pulumi_aws",
    settings=SETTINGS,
    check_settings=check_settings,
    explain=explain,
    functions=(
        *FUNCTIONS,
        *isolation.FUNCTIONS,
        endpoints.FOUND,
        policies.DOCUMENT,
        zones.ZONE,
        found.KEY,
        found.INSTANCE_PROFILE,
    ),
    resources=(
        network.VPC,
        network.SUBNET,
        network.INTERNET_GATEWAY,
        routes.ROUTE_TABLE,
        routes.ROUTE,
        routes.ROUTE_TABLE_ASSOCIATION,
        groups.SECURITY_GROUP,
        groups.DEFAULT_SECURITY_GROUP,
        rules.INGRESS_RULE,
        rules.EGRESS_RULE,
        instance.INSTANCE,
        address.EIP,
        address.EIP_ASSOCIATION,
        ebs.VOLUME,
        ebs.VOLUME_ATTACHMENT,
        identity.ROLE,
        identity.ROLE_POLICY_ATTACHMENT,
        identity.ROLE_POLICY,
        identity.INSTANCE_PROFILE,
        policies.POLICY,
        prefix_list.PREFIX_LIST,
        gateways.NAT_GATEWAY,
        endpoints.VPC_ENDPOINT,
        keys.KEY,
        keys.ALIAS,
        alarms.TOPIC,
        alarms.TOPIC_SUBSCRIPTION,
        alarms.METRIC_ALARM,
        logs.LOG_GROUP,
        logs.FLOW_LOG,
        backups.VAULT,
        backups.PLAN,
        backups.SELECTION,
        zones.RECORD,
    ),
)

if __name__ == "__main__":
    serve(PROVIDER)
