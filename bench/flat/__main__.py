"""The same resources as the program registers for one messaging server, written down one after the other.

What somebody would write who needs this one installation: no components, no settings, no guide. It is never deployed.
With `flat:lookups` it also asks AWS what the program asks.
"""

import json

import pulumi
import pulumi_aws as aws
import pulumi_command as command
import pulumi_tls as tls

HOSTNAME = "wickr.example.com"
ADMINS = ("198.51.100.64/26", "198.51.100.128/26")
VITALS = {"DiskUsed": 85, "MemoryUsed": 90, "CertificateDays": 30}
PHASES = ("ready", "preflight", "firewall", "files", "install", "replicated", "cluster", "configure", "application")

provider = aws.Provider("aws", region="eu-west-1", default_tags=aws.ProviderDefaultTagsArgs(tags={"stack": "flat"}))
own = pulumi.ResourceOptions(provider=provider)
kept = pulumi.ResourceOptions(protect=True)

if pulumi.Config().get_bool("lookups"):
    # What the program asks AWS before it makes anything. Each answer is waited for.
    asking = pulumi.InvokeOptions(provider=provider)
    aws.ec2.get_instance_type(instance_type="t3.large", opts=asking)
    usual = aws.GetAvailabilityZonesFilterArgs(name="zone-type", values=["availability-zone"])
    aws.get_availability_zones(state="available", filters=[usual], opts=asking)
    aws.get_partition(opts=asking)

vpc = aws.ec2.Vpc(
    "vpc",
    cidr_block="10.20.0.0/16",
    enable_dns_support=True,
    enable_dns_hostnames=True,
    tags={"Name": "flat"},
    opts=own,
)
aws.ec2.DefaultSecurityGroup("default-group", vpc_id=vpc.id, tags={"Name": "flat-unused"}, opts=own)
gateway = aws.ec2.InternetGateway("gateway", vpc_id=vpc.id, tags={"Name": "flat"}, opts=own)
subnets = []
for kind, blocks in (("public", ("10.20.0.0/20", "10.20.16.0/20")), ("private", ("10.20.32.0/20", "10.20.48.0/20"))):
    routes = aws.ec2.RouteTable(f"{kind}-routes", vpc_id=vpc.id, tags={"Name": f"flat-{kind}"}, opts=own)
    if kind == "public":
        aws.ec2.Route(
            "internet", route_table_id=routes.id, destination_cidr_block="0.0.0.0/0", gateway_id=gateway.id, opts=own
        )
    for zone, block in zip("ab", blocks, strict=True):
        subnet = aws.ec2.Subnet(
            f"{kind}-{zone}",
            vpc_id=vpc.id,
            cidr_block=block,
            availability_zone=f"eu-west-1{zone}",
            map_public_ip_on_launch=False,
            tags={"Name": f"flat-{kind}-{zone}"},
            opts=pulumi.ResourceOptions(provider=provider, ignore_changes=["availabilityZone"]),
        )
        aws.ec2.RouteTableAssociation(f"{kind}-{zone}-routes", subnet_id=subnet.id, route_table_id=routes.id, opts=own)
        subnets.append(subnet)

cluster = aws.ec2.SecurityGroup(
    "cluster", vpc_id=vpc.id, description="further nodes", tags={"Name": "flat-cluster"}, opts=own
)
group = aws.ec2.SecurityGroup("group", vpc_id=vpc.id, description="messaging", tags={"Name": "flat"}, opts=own)
for row, port, sources in (("services", 443, ("0.0.0.0/0",)), ("ssh", 22, ADMINS), ("installer", 8800, ADMINS)):
    for source in sources:
        aws.vpc.SecurityGroupIngressRule(
            f"in-{row}-{source.replace('/', '-')}",
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_ipv4=source,
            description=row,
            opts=own,
        )
aws.vpc.SecurityGroupIngressRule(
    "in-replicated",
    security_group_id=group.id,
    ip_protocol="tcp",
    from_port=9870,
    to_port=9881,
    referenced_security_group_id=cluster.id,
    description="replicated",
    opts=own,
)
for port in (80, 443):
    aws.vpc.SecurityGroupEgressRule(
        f"out-{port}",
        security_group_id=group.id,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        cidr_ipv4="0.0.0.0/0",
        description="downloads",
        opts=own,
    )

address = aws.ec2.Eip(
    "address", domain="vpc", tags={"Name": "flat"}, opts=pulumi.ResourceOptions(provider=provider, protect=True)
)

seed = tls.PrivateKey("seed", algorithm="ED25519", opts=kept)
ca_key = tls.PrivateKey("ca-key", algorithm="RSA", rsa_bits=4096, opts=kept)
ca = tls.SelfSignedCert(
    "ca",
    private_key_pem=ca_key.private_key_pem,
    is_ca_certificate=True,
    set_subject_key_id=True,
    allowed_uses=["cert_signing", "crl_signing", "digital_signature"],
    validity_period_hours=87600,
    subject=tls.SelfSignedCertSubjectArgs(common_name="CA", organization="Wickr Enterprise"),
    opts=kept,
)
server_key = tls.PrivateKey("server-key", algorithm="RSA", rsa_bits=4096)
request = tls.CertRequest(
    "request",
    private_key_pem=server_key.private_key_pem,
    dns_names=[HOSTNAME],
    ip_addresses=[address.public_ip],
    subject=tls.CertRequestSubjectArgs(common_name=HOSTNAME, organization="Wickr Enterprise"),
)
server = tls.LocallySignedCert(
    "server",
    cert_request_pem=request.cert_request_pem,
    ca_private_key_pem=ca_key.private_key_pem,
    ca_cert_pem=ca.cert_pem,
    set_subject_key_id=True,
    allowed_uses=["digital_signature", "key_encipherment", "server_auth"],
    validity_period_hours=9528,
    early_renewal_hours=1440,
)

login_key = tls.PrivateKey("login-key", algorithm="ED25519")
host_key = tls.PrivateKey("host-key", algorithm="ED25519")
trust = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
}
role = aws.iam.Role("role", assume_role_policy=json.dumps(trust), tags={"Name": "flat"}, opts=own)
session = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "ssm:UpdateInstanceInformation",
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            "Resource": "*",
        }
    ],
}
attached = aws.iam.RolePolicy("session-manager", role=role.name, policy=json.dumps(session), opts=own)
profile = aws.iam.InstanceProfile(
    "profile",
    role=role.name,
    tags={"Name": "flat"},
    opts=pulumi.ResourceOptions(provider=provider, depends_on=[attached]),
)
keys = (login_key.public_key_openssh, host_key.private_key_openssh)
user_data: pulumi.Output[str] = pulumi.Output.secret(pulumi.Output.format("#cloud-config\nkeys: {0} {1}\n", *keys))
instance = aws.ec2.Instance(
    "instance",
    ami="ami-0deb1200000000001",
    instance_type="t3.large",
    subnet_id=subnets[0].id,
    vpc_security_group_ids=[group.id],
    iam_instance_profile=profile.name,
    user_data=user_data,
    metadata_options=aws.ec2.InstanceMetadataOptionsArgs(
        http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
    ),
    root_block_device=aws.ec2.InstanceRootBlockDeviceArgs(
        volume_size=200, volume_type="gp3", encrypted=True, delete_on_termination=False, tags={"Name": "flat"}
    ),
    disable_api_termination=True,
    tags={"Name": "flat"},
    opts=pulumi.ResourceOptions(provider=provider, protect=True, ignore_changes=["ami", "userData", "userDataBase64"]),
)
association = aws.ec2.EipAssociation(
    "association", allocation_id=address.allocation_id, instance_id=instance.id, opts=own
)

group_of_logs = aws.cloudwatch.LogGroup("logs", name="/flat/flow-logs", retention_in_days=90, opts=own)
logs_role = aws.iam.Role("logs-role", assume_role_policy=group_of_logs.arn.apply(json.dumps), opts=own)
logs_policy = aws.iam.RolePolicy(
    "logs-policy", role=logs_role.name, policy=group_of_logs.arn.apply(json.dumps), opts=own
)
aws.ec2.FlowLog(
    "logs-of-vpc",
    vpc_id=vpc.id,
    traffic_type="ALL",
    log_destination_type="cloud-watch-logs",
    log_destination=group_of_logs.arn,
    iam_role_arn=logs_role.arn,
    opts=pulumi.ResourceOptions(provider=provider, depends_on=[logs_policy]),
)

logs_of_host = aws.cloudwatch.LogGroup("host-logs", name="/flat/hosts", retention_in_days=90, opts=own)
telling = aws.iam.RolePolicy("telling", role=role.name, policy=logs_of_host.arn.apply(json.dumps), opts=own)

topic = aws.sns.Topic("topic", tags={"Name": "flat"}, opts=own)
for metric in ("StatusCheckFailed_Instance", "StatusCheckFailed_System"):
    aws.cloudwatch.MetricAlarm(
        metric,
        name=f"flat/{metric}",
        namespace="AWS/EC2",
        metric_name=metric,
        dimensions={"InstanceId": instance.id},
        statistic="Maximum",
        period=60,
        evaluation_periods=2,
        threshold=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        alarm_actions=[topic.arn],
        ok_actions=[topic.arn],
        opts=own,
    )
staying = pulumi.ResourceOptions(provider=provider, retain_on_delete=True)
vault = aws.backup.Vault("vault", force_destroy=False, tags={"Name": "flat"}, opts=staying)
backup_trust = json.dumps(trust).replace("ec2", "backup")
backup_role = aws.iam.Role("backup-role", assume_role_policy=backup_trust, tags={"Name": "flat"}, opts=staying)
may = [
    aws.iam.RolePolicyAttachment(
        f"may-{what}",
        role=backup_role.name,
        policy_arn=f"arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor{what}",
        opts=staying,
    )
    for what in ("Backup", "Restores")
]
plan = aws.backup.Plan(
    "plan",
    rules=[
        aws.backup.PlanRuleArgs(
            rule_name="scheduled",
            target_vault_name=vault.name,
            schedule="cron(0 2 ? * * *)",
            start_window=60,
            completion_window=1440,
            lifecycle=aws.backup.PlanRuleLifecycleArgs(delete_after=35),
        )
    ],
    tags={"Name": "flat"},
    opts=own,
)
aws.backup.Selection(
    "backed-up",
    plan_id=plan.id,
    iam_role_arn=backup_role.arn,
    resources=[instance.arn],
    opts=pulumi.ResourceOptions(provider=provider, depends_on=may),
)

connection = command.remote.ConnectionArgs(
    host=association.public_ip,
    user="wickr-deploy",
    private_key=login_key.private_key_openssh,
    host_key=host_key.public_key_openssh,
)
last: pulumi.Resource = association
for phase in PHASES:
    last = command.remote.Command(
        phase,
        connection=connection,
        create=f"sudo bash -s {phase}",
        stdin=pulumi.Output.format("{0}\n{1}\n", server.cert_pem, seed.private_key_pem),
        triggers=[instance.id],
        add_previous_output_in_env=False,
        opts=pulumi.ResourceOptions(
            depends_on=[last],
            custom_timeouts=pulumi.CustomTimeouts(create="10m", update="10m"),
            additional_secret_outputs=["stdout", "stderr"],
        ),
    )
    if phase == "ready":
        told = command.remote.Command(
            "vitals",
            connection=connection,
            create="sudo bash -s vitals",
            stdin="",
            triggers=[instance.id],
            add_previous_output_in_env=False,
            opts=pulumi.ResourceOptions(
                depends_on=[last, telling], custom_timeouts=pulumi.CustomTimeouts(create="10m", update="10m")
            ),
        )
        for metric, limit in VITALS.items():
            aws.cloudwatch.MetricAlarm(
                metric,
                name=f"flat/{metric}",
                namespace="Wickr",
                metric_name=metric,
                dimensions={"InstanceId": instance.id},
                statistic="Maximum",
                period=300,
                evaluation_periods=3,
                threshold=limit,
                comparison_operator="GreaterThanOrEqualToThreshold",
                alarm_actions=[topic.arn],
                ok_actions=[topic.arn],
                opts=pulumi.ResourceOptions(provider=provider, depends_on=[told]),
            )
command.local.Command(
    "health",
    create="true",
    environment={"ADDRESS": association.public_ip, "CA_CERTIFICATE": ca.cert_pem},
    triggers=[instance.id],
    add_previous_output_in_env=False,
    opts=pulumi.ResourceOptions(depends_on=[last]),
)
pulumi.export("url", f"https://{HOSTNAME}")
pulumi.export("address", address.public_ip)
