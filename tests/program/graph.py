"""Every resource of a stack by type and name: of the messaging host's, and what the two further hosts add to it."""

COMPONENTS = {
    ("wickr:network:Network", "network"),
    ("wickr:cluster:ClusterGroup", "cluster"),
    ("wickr:secrets:Secrets", "secrets"),
    ("wickr:address:PublicAddress", "messaging-address"),
    ("wickr:certificate:IssuedCertificate", "certificate"),
    ("wickr:messaging:MessagingServer", "messaging"),
    ("wickr:firewall:Firewall", "messaging-firewall"),
    ("wickr:host:Host", "messaging-host"),
    ("wickr:replicated:Replicated", "messaging-replicated"),
}
FLOW_LOGS = {
    ("wickr:flow_logs:FlowLogs", "flow-logs"),
    ("aws:cloudwatch/logGroup:LogGroup", "flow-logs-group"),
    ("aws:iam/role:Role", "flow-logs-role"),
    ("aws:iam/rolePolicy:RolePolicy", "flow-logs-writes"),
    ("aws:ec2/flowLog:FlowLog", "flow-logs-log"),
}
BACKUP = {
    ("wickr:backup:Backup", "backup"),
    ("aws:backup/vault:Vault", "backup-vault"),
    ("aws:backup/plan:Plan", "backup-plan"),
    ("aws:backup/selection:Selection", "backup-messaging"),
    ("aws:iam/role:Role", "backup-role"),
    ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "backup-backup"),
    ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "backup-restores"),
}
SNAPSHOT_BUCKET = {
    ("wickr:snapshot_bucket:SnapshotBucket", "snapshots"),
    ("aws:s3/bucket:Bucket", "snapshots-bucket"),
    ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "snapshots-closed"),
    ("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "snapshots-owner"),
    (
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "snapshots-encryption",
    ),
    ("aws:s3/bucketVersioning:BucketVersioning", "snapshots-versions"),
    ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "snapshots-lifecycle"),
    ("aws:s3/bucketPolicy:BucketPolicy", "snapshots-policy"),
}
NETWORK = FLOW_LOGS | {
    ("aws:ec2/vpc:Vpc", "network-vpc"),
    ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "network-default-group"),
    ("aws:ec2/internetGateway:InternetGateway", "network-gateway"),
    ("aws:ec2/routeTable:RouteTable", "network-public-routes"),
    ("aws:ec2/routeTable:RouteTable", "network-private-routes"),
    ("aws:ec2/route:Route", "network-public-internet"),
    *(
        pair
        for subnet in ("network-public-1", "network-public-2", "network-private-1", "network-private-2")
        for pair in (
            ("aws:ec2/subnet:Subnet", subnet),
            ("aws:ec2/routeTableAssociation:RouteTableAssociation", f"{subnet}-routes"),
        )
    ),
}
ALARMS = {
    ("wickr:alarms:Alarms", "alarms"),
    ("aws:sns/topic:Topic", "alarms-topic"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "alarms-messaging-instance-check"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "alarms-messaging-system-check"),
}
VITALS = {
    ("wickr:vitals:HostLogs", "host-logs"),
    ("aws:cloudwatch/logGroup:LogGroup", "host-logs-group"),
    ("wickr:vitals:Vitals", "messaging-tells"),
    ("aws:iam/rolePolicy:RolePolicy", "messaging-tells-policy"),
    ("command:remote:Command", "messaging-tells-vitals"),
    *(
        ("aws:cloudwatch/metricAlarm:MetricAlarm", f"alarms-messaging-{each}")
        for each in ("disk", "memory", "certificate")
    ),
}
FIREWALL = {
    ("aws:ec2/securityGroup:SecurityGroup", "cluster-group"),
    ("aws:ec2/securityGroup:SecurityGroup", "messaging-firewall-group"),
    *(
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", f"messaging-firewall-in-{rule}")
        for rule in (
            "wickr-services-0.0.0.0-0",
            "ssh-198.51.100.64-26",
            "installer-ui-198.51.100.64-26",
            "replicated-internal",
        )
    ),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "messaging-firewall-out-80"),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "messaging-firewall-out-443"),
}
HOST = {
    ("aws:iam/role:Role", "messaging-host-role"),
    ("aws:iam/rolePolicy:RolePolicy", "messaging-host-session-manager"),
    ("aws:iam/instanceProfile:InstanceProfile", "messaging-host-profile"),
    ("aws:ec2/instance:Instance", "messaging-host-instance"),
    ("aws:ec2/eip:Eip", "messaging-address-eip"),
    ("aws:ec2/eipAssociation:EipAssociation", "messaging-host-address"),
    ("tls:index/privateKey:PrivateKey", "messaging-host-host-key"),
    ("tls:index/privateKey:PrivateKey", "secrets-login-key"),
    ("tls:index/privateKey:PrivateKey", "secrets-seed"),
}
CERTIFICATE = {
    ("tls:index/privateKey:PrivateKey", "certificate-ca-key"),
    ("tls:index/selfSignedCert:SelfSignedCert", "certificate-ca"),
    ("tls:index/privateKey:PrivateKey", "certificate-server-key"),
    ("tls:index/certRequest:CertRequest", "certificate-request"),
    ("tls:index/locallySignedCert:LocallySignedCert", "certificate-server"),
}
BOOTSTRAP = {
    *(
        ("command:remote:Command", f"messaging-replicated-{phase}")
        for phase in (
            *("ready", "preflight", "firewall", "files", "install"),
            *("replicated", "cluster", "configure", "application"),
        )
    ),
    ("command:local:Command", "messaging-replicated-health"),
}


def _vitals(role: str) -> set[tuple[str, str]]:
    """What a further host tells of itself; the certificate is the messaging host's to tell of."""
    return {
        ("wickr:vitals:Vitals", f"{role}-tells"),
        ("aws:iam/rolePolicy:RolePolicy", f"{role}-tells-policy"),
        ("command:remote:Command", f"{role}-tells-vitals"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", f"alarms-{role}-disk"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", f"alarms-{role}-memory"),
    }


CALLING = {
    ("wickr:address:PublicAddress", "calling-address"),
    ("wickr:calling:CallingServer", "calling"),
    ("wickr:firewall:Firewall", "calling-firewall"),
    ("wickr:host:Host", "calling-host"),
    ("wickr:node:Node", "calling-node"),
    ("aws:ec2/securityGroup:SecurityGroup", "calling-firewall-group"),
    *(
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", f"calling-firewall-in-{rule}")
        for rule in (
            "tcp-proxy-0.0.0.0-0",
            "socks-proxy-0.0.0.0-0",
            "media-0.0.0.0-0",
            "ssh-198.51.100.64-26",
            "http-api-messaging",
            "http-api-messaging-address",
        )
    ),
    *(
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", f"calling-{rule}")
        for rule in (
            *("firewall-out-80", "firewall-out-443", "out-replicated"),
            *("from-messaging-http-api", "from-messaging-http-api-address"),
        )
    ),
    ("aws:iam/role:Role", "calling-host-role"),
    ("aws:iam/rolePolicy:RolePolicy", "calling-host-session-manager"),
    ("aws:iam/instanceProfile:InstanceProfile", "calling-host-profile"),
    ("aws:ec2/instance:Instance", "calling-host-instance"),
    ("aws:ec2/eip:Eip", "calling-address-eip"),
    ("aws:ec2/eipAssociation:EipAssociation", "calling-host-address"),
    ("tls:index/privateKey:PrivateKey", "calling-host-host-key"),
    *(("command:remote:Command", f"calling-node-{phase}") for phase in ("ready", "preflight", "firewall", "join")),
    ("command:remote:Command", "messaging-replicated-calls"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "alarms-calling-instance-check"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "alarms-calling-system-check"),
    ("aws:backup/selection:Selection", "backup-calling"),
    *_vitals("calling"),
}
COMPLIANCE = {
    ("wickr:nat:NatGateway", "nat"),
    ("wickr:address:PublicAddress", "nat-address"),
    ("aws:ec2/eip:Eip", "nat-address-eip"),
    ("aws:ec2/natGateway:NatGateway", "nat-gateway"),
    ("aws:ec2/route:Route", "nat-internet"),
    ("wickr:compliance:ComplianceServer", "compliance"),
    ("wickr:firewall:Firewall", "compliance-firewall"),
    ("wickr:host:Host", "compliance-host"),
    ("wickr:volume:DataVolume", "compliance-data"),
    ("wickr:bot:Bot", "compliance-bot"),
    ("aws:ec2/securityGroup:SecurityGroup", "compliance-firewall-group"),
    ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "compliance-firewall-in-ssh-messaging"),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "compliance-firewall-out-443"),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "compliance-from-messaging-ssh"),
    ("aws:iam/role:Role", "compliance-host-role"),
    ("aws:iam/rolePolicy:RolePolicy", "compliance-host-session-manager"),
    ("aws:iam/instanceProfile:InstanceProfile", "compliance-host-profile"),
    ("aws:ec2/instance:Instance", "compliance-host-instance"),
    ("aws:ebs/volume:Volume", "compliance-data-volume"),
    ("aws:ec2/volumeAttachment:VolumeAttachment", "compliance-data-attachment"),
    ("tls:index/privateKey:PrivateKey", "compliance-host-host-key"),
    *(
        ("command:remote:Command", f"compliance-bot-{phase}")
        for phase in ("ready", "preflight", "volume", "engine", "container")
    ),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "alarms-compliance-instance-check"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "alarms-compliance-system-check"),
    ("aws:backup/selection:Selection", "backup-compliance"),
    *_vitals("compliance"),
}
"""A compliance host in a network of the stack's own, prepared."""
STACK = {("pulumi:pulumi:Stack", "wickr-test"), ("pulumi:providers:aws", "aws")}
WHOLE = STACK | COMPONENTS | NETWORK | FIREWALL | HOST | CERTIFICATE | BOOTSTRAP | ALARMS | VITALS | BACKUP
