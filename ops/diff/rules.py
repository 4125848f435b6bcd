"""What a provider does with a changed input: replace the resource, restart the host, or neither.

The engine asks the providers; here nobody is asked, so their rules stand here. A test holds them to the engine's
previews, key by key, and another to the types that the program uses.
"""

ALL = frozenset({"*"})
NONE: frozenset[str] = frozenset()

INSTANCE = "aws:ec2/instance:Instance"
PROVIDER = "pulumi:providers:aws"

REPLACED_BY: dict[str, frozenset[str]] = {
    INSTANCE: frozenset(
        {
            *("ami", "associatePublicIpAddress", "availabilityZone", "cpuOptions", "enclaveOptions", "hibernation"),
            *("hostId", "ipv6Addresses", "keyName", "networkInterfaces", "placementGroup", "privateIp"),
            *("rootBlockDevice.encrypted", "rootBlockDevice.kmsKeyId", "secondaryPrivateIps", "securityGroups"),
            *("subnetId", "tenancy"),
        }
    ),
    PROVIDER: NONE,
    "aws:ebs/volume:Volume": frozenset(
        {"availabilityZone", "encrypted", "kmsKeyId", "multiAttachEnabled", "outpostArn", "snapshotId"}
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": frozenset({"name"}),
    "aws:sns/topic:Topic": frozenset({"fifoTopic", "name", "namePrefix"}),
    "aws:sns/topicSubscription:TopicSubscription": frozenset({"endpoint", "protocol", "topic"}),
    "aws:cloudwatch/logGroup:LogGroup": frozenset({"logGroupClass", "name", "namePrefix"}),
    "aws:backup/plan:Plan": frozenset({"name"}),
    "aws:backup/selection:Selection": ALL,
    "aws:backup/vault:Vault": frozenset({"kmsKeyArn", "name"}),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": frozenset({"vpcId"}),
    "aws:ec2/eip:Eip": frozenset(
        {"address", "customerOwnedIpv4Pool", "domain", "networkBorderGroup", "publicIpv4Pool"}
    ),
    "aws:ec2/eipAssociation:EipAssociation": ALL,
    "aws:ec2/flowLog:FlowLog": frozenset(
        {
            *("deliverCrossAccountRole", "destinationOptions", "eniId", "iamRoleArn", "logDestination"),
            *("logDestinationType", "logFormat", "maxAggregationInterval", "subnetId", "trafficType", "vpcId"),
        }
    ),
    "aws:ec2/internetGateway:InternetGateway": NONE,
    "aws:ec2/managedPrefixList:ManagedPrefixList": frozenset({"addressFamily"}),
    "aws:ec2/natGateway:NatGateway": frozenset({"allocationId", "connectivityType", "privateIp", "subnetId"}),
    "aws:ec2/route:Route": frozenset(
        {"destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId", "routeTableId"}
    ),
    "aws:ec2/routeTable:RouteTable": frozenset({"vpcId"}),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": frozenset({"gatewayId", "subnetId"}),
    "aws:ec2/securityGroup:SecurityGroup": frozenset({"description", "name", "namePrefix", "vpcId"}),
    "aws:ec2/subnet:Subnet": frozenset({"availabilityZone", "availabilityZoneId", "cidrBlock", "vpcId"}),
    "aws:ec2/volumeAttachment:VolumeAttachment": frozenset({"deviceName", "instanceId", "volumeId"}),
    "aws:ec2/vpc:Vpc": frozenset({"cidrBlock", "instanceTenancy"}),
    "aws:ec2/vpcEndpoint:VpcEndpoint": frozenset({"serviceName", "serviceRegion", "vpcEndpointType", "vpcId"}),
    "aws:iam/instanceProfile:InstanceProfile": frozenset({"name", "namePrefix", "path"}),
    "aws:iam/role:Role": frozenset({"name", "namePrefix", "path"}),
    "aws:iam/rolePolicy:RolePolicy": frozenset({"name", "namePrefix", "role"}),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ALL,
    "aws:kms/key:Key": frozenset({"customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"}),
    "aws:route53/record:Record": frozenset({"name", "setIdentifier", "zoneId"}),
    "aws:s3/bucket:Bucket": frozenset({"bucket", "bucketNamespace", "bucketPrefix", "objectLockEnabled"}),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": frozenset({"bucket", "expectedBucketOwner"}),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": frozenset({"bucket"}),
    "aws:s3/bucketPolicy:BucketPolicy": frozenset({"bucket"}),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": frozenset({"bucket"}),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": frozenset(
        {"bucket", "expectedBucketOwner"}
    ),
    "aws:s3/bucketVersioning:BucketVersioning": frozenset({"bucket", "expectedBucketOwner"}),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": frozenset({"securityGroupId"}),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": frozenset({"securityGroupId"}),
    "command:local:Command": NONE,
    "command:remote:Command": NONE,
    "tls:index/certRequest:CertRequest": ALL,
    "tls:index/locallySignedCert:LocallySignedCert": ALL,
    "tls:index/privateKey:PrivateKey": ALL,
    "tls:index/selfSignedCert:SelfSignedCert": ALL,
}
"""Inputs whose change makes a new resource, by type; whatever else changes is done in place. The program's own
`replaceOnChanges` come on top.
"""

IN_PLACE = frozenset({"earlyRenewalHours"})
"""What the types of ALL change in place all the same."""

RESTARTED_BY = frozenset({"ebsOptimized", "instanceType", "userData", "userDataBase64"})
"""Inputs of an instance for which AWS stops and starts it."""

REGION, DEFAULT_TAGS = "region", "defaultTags"
"""Inputs of a provider that reach its resources: what lives in a region is made anew in another, tags are written."""


def replaces(type_: str, path: str, own: list[str]) -> bool:
    """Whether a change at a path of a resource's inputs replaces it; `own` are its `replaceOnChanges`."""
    rules = REPLACED_BY.get(type_, NONE) | {each.partition("[")[0] for each in own}
    top = path.partition(".")[0]
    if top == REGION and type_.startswith("aws:"):
        return True
    return bool(({path, top} & rules) or ("*" in rules and top not in IN_PLACE))
