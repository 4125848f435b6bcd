"""What a stack may not say because of its other keys, or of what AWS, DNS and the vendor take: changes of the complete
stack, and each sentence that they end in, to its end where the arithmetic is in it.
"""

from typing import Any

from tests import certificates
from tests.counted import strangers
from tests.infra.refusals import HOST, licence
from tests.stacks import AIRGAP, BASTION, CALLING, COMPLIANCE, KEY, PRIVATE, VPC, provided

ELSEWHERE = {**VPC}
"""A network that is there: others may be in it, and ways to it that the internet does not have."""


REFUSALS: list[tuple[dict[str, Any], str]] = [
    # The key of the disks.
    (
        {"encryption": {"ownKey": True}, "kmsKeyId": KEY},
        f"encryption.ownKey: true makes a key for the disks, and kmsKeyId names {KEY} for them; take one of",
    ),
    # What hosts tell of themselves.
    (
        {
            "installer": {"source": "airgap", "airgap": AIRGAP},
            "network": PRIVATE,
            "egress": "none",
            "monitoring": {"vitals": {"enabled": True}},
        },
        "monitoring.vitals.enabled: true needs hosts that reach monitoring and logs of the region on TCP 443, and "
        "egress none lets nothing out; set it to false, or take it out",
    ),
    (
        {"iam": {"instanceProfile": "theirs"}, "monitoring": {"vitals": {"enabled": True}}},
        "monitoring.vitals.enabled: true gives each host's role the right to write its own logs, and "
        "iam.instanceProfile names theirs for them, of which the stack changes nothing; set it to false, or take ",
    ),
    (
        {"monitoring": {"vitals": {"certificateDays": 60}}},
        "monitoring.vitals.certificateDays: the alarm would come 60 days before the certificate ends, and pulumi up "
        "renews it in its last 60 (certificate.renewBeforeDays): 60 - 60 = 0, on the day on which it can; write less",
    ),
    (
        {"monitoring": {"vitals": {"certificateDays": 31}}, "certificate": {"renewBeforeDays": 30}},
        "monitoring.vitals.certificateDays: the alarm would come 31 days before the certificate ends, and pulumi up "
        "renews it in its last 30 (certificate.renewBeforeDays): 31 - 30 = 1, 1 day before it can; write less than 30",
    ),
    # The way out.
    (
        {"egress": "proxy", "installer": {"proxy": "http://proxy.example.net:3128"}},
        "egress: proxy opens the way to http://proxy.example.net:3128, and a security group knows addresses, not "
        "names; write the proxy's address blocks into installer.proxyCidrs, or its address into installer.proxy",
    ),
    (
        {"egress": "proxy", "installer": {"proxy": "http://10.9.0.10:3128", "noProxy": [".example.net", "10.9.0.9"]}},
        "installer.noProxy: .example.net, 10.9.0.9 would be reached without the proxy, and egress proxy lets",
    ),
    (
        {"installer": {"proxy": "http://10.9.0.10:3128"}},
        "egress: guide lets hosts reach TCP 80 and 443 and so not http://10.9.0.10:3128; set it to proxy, or to open",
    ),
    (
        {"egress": "open", "installer": {"proxy": "http://10.9.0.10:3128", "proxyCidrs": ["10.9.0.0/24"]}},
        "egress: open does not look at installer.proxyCidrs; set it to proxy, or take the blocks out",
    ),
    (
        {
            "egress": "proxy",
            "calling": CALLING,
            "installer": {
                "proxy": "http://proxy.example.net:80",
                "proxyCidrs": [f"10.9.{number}.0/24" for number in range(59)],
            },
        },
        "installer.proxyCidrs: 59 blocks + 2 rules between hosts = 61 rules out by IPv4, and a security group",
    ),
    # The ways to the hosts.
    (
        {"bastion": {**BASTION, "host": "calling.example.com"}, "calling": CALLING},
        "bastion.host: calling.example.com is the name of a host that the stack makes; the bastion is a host of yours "
        "that is there before: name that one, or take wickr:bastion out",
    ),
    (
        {"messaging": {**HOST, "healthCheck": "bastion"}},
        "messaging: healthCheck is bastion, and there is none; name it under wickr:bastion, or set healthCheck to ",
    ),
    (
        {"hostname": "203.0.113.5", "dns": {"zoneId": "Z0A"}},
        "dns: 203.0.113.5 is an address, for which there is no record; use a DNS name, or take wickr:dns out",
    ),
    # Names.
    (
        {"hostname": f"{'x.' * 125}example.com"},
        f"hostname: '{'x.' * 125}example.com' has 261 characters; DNS allows 253",
    ),
    (
        {"hostname": "büro.example.com"},
        "hostname: 'büro.example.com' has letters beyond ASCII; write it as DNS has it: xn--bro-hoa.example.com",
    ),
    (
        {"hostname": f"{'ü' * 70}.example.com"},
        f"hostname: '{'ü' * 70}.example.com' has letters beyond ASCII; write it as DNS has it, in punycode",
    ),
    (
        {"hostname": "ec2-203-0-113-7.eu-west-1.compute.amazonaws.com"},
        "hostname: 'ec2-203-0-113-7.eu-west-1.compute.amazonaws.com' is a name of AWS's own, to which you can add no "
        "record; use a domain that is yours",
    ),
    (
        {"hostname": "wickr.localhost"},
        "hostname: 'wickr.localhost' is every machine's name for itself, to which you can add no record; use a",
    ),
    (
        {"hostname": "127.0.0.1"},
        "hostname: 127.0.0.1 is loopback; no client finds a host there: write its public address, or a DNS name",
    ),
    ({"hostname": "169.254.1.1"}, "hostname: 169.254.1.1 is link-local; no client finds a host there: write its"),
    ({"hostname": "0.0.0.0"}, "hostname: 0.0.0.0 is reserved; no client finds a host there: write its"),
    ({"hostname": "ff02::1"}, "hostname: ff02::1 is multicast; no client finds a host there: write its"),
    ({"calling": {"hostname": "::1"}}, "calling.hostname: ::1 is loopback; no client finds a host there: write its"),
    (
        {"hostname": f"{'x' * 40}.example.com"},
        f"hostname: {'x' * 40}.example.com has 52 characters, and the CA is called Wickr CA for …: 13 + 52 = 65, a "
        "common name has 64 at most (RFC 5280); choose a name of at most 51, or another certificate.source",
    ),
    # Without internet.
    (
        {"installer": {"source": "airgap", "airgap": AIRGAP}, "network": VPC, "egress": "none"},
        "network.publicAddresses: installer.source airgap needs hosts without public addresses, in private subnets of",
    ),
    *(
        (
            {"installer": {"source": "airgap", "airgap": AIRGAP}, "network": PRIVATE, "egress": mode},
            f"egress: {mode or 'guide'} lets hosts out to the internet, and installer.source airgap is for hosts that",
        )
        for mode in ("guide", "open", None)
    ),
    # Networks.
    (
        {"adminCidrs": ["198.51.100.0/24", "127.0.0.0/8"]},
        "adminCidrs[1]: 127.0.0.0/8 is loopback: no packet comes from there; name networks that people are in",
    ),
    ({"clientCidrs": ["224.0.0.0/8"]}, "clientCidrs[0]: 224.0.0.0/8 is multicast: no packet comes from there; name"),
    ({"clientCidrs": ["fe80::/10"]}, "clientCidrs[0]: fe80::/10 is link-local: no packet comes from there; name"),
    ({"network": {"cidr": "169.254.0.0/16"}}, "network.cidr: 169.254.0.0/16 is link-local: no packet comes from there"),
    (
        {"clientCidrs": ["0.0.0.0/0", "192.0.2.0/24"]},
        "clientCidrs[1]: 192.0.2.0/24 lies inside 0.0.0.0/0, which is in the list, too, so that it changes nothing; "
        "take out the one that is not meant",
    ),
    (
        {"adminCidrs": ["198.51.100.7/32", "198.51.100.0/24"]},
        "adminCidrs[0]: 198.51.100.7/32 lies inside 198.51.100.0/24, which is in the list, too, so that it changes",
    ),
    (
        {"adminCidrs": ["198.51.100.0/24", "172.17.4.0/24"]},
        "adminCidrs[1]: 172.17.4.0/24 lies inside 172.17.0.0/16, which Docker takes for docker0 on every host: what "
        "hosts answer to it never leaves them; name the addresses that these people are seen with",
    ),
    (
        {"clientCidrs": ["198.51.100.0/24", "172.17.0.0/16"]},
        "clientCidrs[1]: 172.17.0.0/16 lies inside 172.17.0.0/16, which Docker takes for docker0 on every host",
    ),
    (
        {"adminCidrs": ["198.51.100.0/24", "10.20.16.0/20"]},
        "adminCidrs[1]: 10.20.16.0/20 lies inside network.cidr 10.20.0.0/16, a VPC of this stack's own with no host "
        "but Wickr's; name networks outside it, or for a VPC that others are in network.vpcId",
    ),
    (
        {"network": {"cidr": "10.9.0.0/16"}, "clientCidrs": ["198.51.100.0/24", "10.9.0.0/16"]},
        "clientCidrs[1]: 10.9.0.0/16 lies inside network.cidr 10.9.0.0/16, a VPC of this stack's own with no host but",
    ),
    (
        {"adminCidrs": ["2001:db8::/48", "2001:db8:1::/48"], "clientCidrs": ["0.0.0.0/0", "::/0"]},
        "adminCidrs: 2001:db8::/48, 2001:db8:1::/48 is IPv6 alone, and hosts have IPv4 addresses: nobody could "
        "connect; name at least one IPv4 network",
    ),
    (
        {"adminCidrs": ["198.51.100.0/24", "2001:db8::/48"], "clientCidrs": ["::/0"]},
        "clientCidrs: ::/0 is IPv6 alone, and hosts have IPv4 addresses: nobody could connect; name at least one IPv4",
    ),
    (
        {"adminCidrs": ["10.0.0.0/8", "192.168.4.0/24"]},
        "adminCidrs: 10.0.0.0/8, 192.168.4.0/24 is private, and a new VPC is reached by way of the internet, where "
        "private addresses do not occur: Pulumi could not log in; name the public address that this machine is seen "
        "with, for example 203.0.113.7/32",
    ),
    (
        {"clientCidrs": ["192.0.2.0/24"]},
        "clientCidrs: 192.0.2.0/24 has no address of adminCidrs (198.51.100.64/26), from where the health check of "
        "IG 9.1 and the Admin Console (IG 5.1) are asked on 443; name an admin network in it, too, or set "
        "messaging.healthCheck to none",
    ),
    # Quotas.
    (
        {"adminCidrs": strangers(121)},
        "adminCidrs: the messaging host needs 121 admin networks x 2 rules in 5 = 5 security groups of 60 rules, "
        "beside 1 of its own, and a network interface carries 5; name wider networks, or have AWS raise quota "
        "L-2AFB9258 (network.groupsPerInterface) or L-0EA8095F (network.rulesPerGroup) and write it into the stack",
    ),
    (
        {"adminCidrs": strangers(31), "clientCidrs": ["198.51.100.0/24", *strangers(122)[1:]]},
        "clientCidrs: the messaging host needs 122 client networks x 1 rules in 3 + 31 admin networks x 2 rules in 2 = "
        "5 security groups of 60 rules, beside 1 of its own, and a network interface carries 5; name",
    ),
    (
        {"calling": CALLING, "clientCidrs": ["198.51.100.0/24", *strangers(61)[1:]]},
        "clientCidrs: the calling host needs 61 client networks x 3 rules in 4 = 4 security groups of 60 rules, "
        "beside 2 of its own, and a network interface carries 5; name",
    ),
    (
        {"adminCidrs": ["198.51.100.64/26", *(f"2001:db8:{2 * n:x}::/48" for n in range(121))]},
        "adminCidrs: the messaging host needs 121 admin networks x 2 rules in 5 = 5 security groups of 60 rules, "
        "beside 1 of its own, and",
    ),
    (
        {"adminCidrs": strangers(331), "network": {"cidr": "10.20.0.0/16", "groupsPerInterface": 12}},
        "adminCidrs: the messaging host needs 331 admin networks x 2 rules in 12 = 12 security groups of 60 rules, "
        "beside 1 of its own, and a network interface carries 12; name",
    ),
    (
        {"network": {**ELSEWHERE, "rulesPerGroup": 100, "groupsPerInterface": 11}},
        "network: rulesPerGroup 100 x groupsPerInterface 11 is 1100, and AWS lets no account have more than 1000 rules "
        "at a network interface; lower either",
    ),
    ({"network": {**ELSEWHERE, "groupsPerInterface": 4}}, "network.groupsPerInterface: must be at least 5, not 4"),
    ({"network": {**ELSEWHERE, "groupsPerInterface": 17}}, "network.groupsPerInterface: must be at most 16, not 17"),
    ({"network": {**ELSEWHERE, "rulesPerGroup": 59}}, "network.rulesPerGroup: must be at least 60, not 59"),
    ({"network": {**ELSEWHERE, "rulesPerGroup": 201}}, "network.rulesPerGroup: must be at most 200, not 201"),
    # Machines.
    (
        {"messaging": {**HOST, "instanceType": "m6g.large"}},
        "messaging.instanceType: m6g.large is not x86_64, which the vendor's images need; choose one such as t3.large",
    ),
    ({"calling": {**CALLING, "instanceType": "c7gn.xlarge"}}, "calling.instanceType: c7gn.xlarge is not x86_64, which"),
    (
        {"messaging": {**HOST, "instanceType": "t3.medium"}},
        "messaging.instanceType: t3.medium has about 4 GiB of memory, the tables ask for 8 (IG 3.1, 3.2)",
    ),
    ({"messaging": {**HOST, "instanceType": "t3.nano"}}, "messaging.instanceType: t3.nano has about 0.5 GiB of memory"),
    ({"calling": {**CALLING, "instanceType": "c5.large"}}, "calling.instanceType: c5.large has about 4 GiB of memory"),
    (
        {"messaging": {**HOST, "alsoAcceptOs": ["debian 12", "ubuntu 22.04"]}},
        "messaging.alsoAcceptOs[1]: ubuntu 22.04 is in the guide's list (IG 3.1) and accepted anyway; take it out",
    ),
    (
        {"compliance": {**COMPLIANCE, "alsoAcceptOs": ["debian 12", "centos 8"]}},
        "compliance.alsoAcceptOs[1]: centos 8 is in the guide's list (CG 2.1) and accepted anyway; take it out",
    ),
    (
        {
            "compliance": COMPLIANCE,
            "network": {key: value for key, value in VPC.items() if key != "privateSubnetIds"},
        },
        "compliance: the host stands in a private subnet, and network names none; name one that leads out by a NAT",
    ),
    (
        {"compliance": COMPLIANCE, "egress": "proxy", "installer": {"proxy": "http://10.9.0.10:3128"}},
        "egress: proxy keeps the compliance host from TCP 443, by which it gets Docker, its bot and the bot's config",
    ),
    (
        {
            "compliance": COMPLIANCE,
            "network": {**VPC, "publicAddresses": False, "publicSubnetIds": []},
            "bastion": BASTION,
        },
        "compliance: its host is reached by way of the messaging host, and that by way of the bastion, and Pulumi's",
    ),
    (
        {"compliance": {**COMPLIANCE, "dockerVersion": "18.9.2"}},
        "compliance.dockerVersion: Docker writes 18.9.2 as 18.09.2, and packages are found by it; write it so",
    ),
    ({"calling": {**CALLING, "alsoAcceptOs": ["rhel 7.9"]}}, "calling.alsoAcceptOs[0]: rhel 7.9 is in the guide's"),
    (
        {"messaging": {**HOST, "alsoAcceptOs": ["debian 12", "debian 12"]}},
        "messaging.alsoAcceptOs[1]: debian 12 stands there twice; name it once",
    ),
    # The vendor's scripts and licence.
    (
        {"installer": {"dockerVersion": "18.9.2"}},
        "installer.dockerVersion: Docker writes 18.9.2 as 18.09.2, and packages are found by it; write it so",
    ),
    (
        {"installer": {"url": "https://me:hunter2@example.com/install"}},
        "installer.url: carries a name or password before the @, which everybody could read; serve it without one",
    ),
    (
        {"installer": {"operatorUrl": "https://example.com/operator#6.26"}},
        "installer.operatorUrl: 'https://example.com/operator#6.26' has a part after #, which no server is ever sent",
    ),
    (
        {"installer": {"url": "https://example.com:99999/install"}},
        "installer.url: 'https://example.com:99999/install' has '99999' for a port; a number from 1 to 65535 is one",
    ),
    ({"installer": {"url": "https:///install"}}, "installer.url: 'https:///install' names no server"),
    (
        {"installer": {"url": "https://example.com/x", "operatorUrl": "https://example.com/x"}},
        "installer.url: https://example.com/x is operatorUrl, too; one is the script that installs the messaging host",
    ),
    (
        {
            "installer": {
                "url": "https://get.replicated.com/operator/wickrenterprise/stable",
                "operatorUrl": "https://x.y",
            }
        },
        "installer.url: url and operatorUrl stand in each other's place; url installs the messaging host, operatorUrl",
    ),
    (
        {"installer": {"sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},
        "installer.sha256: is the SHA-256 of an empty file: the download failed; take it of the file itself",
    ),
    (
        {"license": licence(b"apiVersion: kots.io/v1beta1\nkind: License\n" + b" " * 99)},
        "license: is a licence of the Kubernetes edition (KOTS), not a licence; set the .rli file that the vendor sent",
    ),
    ({"license": licence(b"\x1f\x8b\x08" + b"x" * 99)}, "license: is a gzip archive, not a licence; set the .rli file"),
    (
        {"certificate": {"organization": "Example\nLtd"}},
        "certificate.organization: 'Example\\nLtd' has characters that cannot be seen, or spaces around it; write it",
    ),
    ({"certificate": {"organization": " Example"}}, "certificate.organization: ' Example' has characters that cannot"),
    # Certificates that are brought along; more in test_provided_certificate.py.
    (
        {"certificate": provided() | {"chainPem": provided()["chainPem"] + provided()["privateKeyPem"]}},
        "certificate: chainPem holds a private key, which would stand in the stack file for everybody to read; take it",
    ),
    (
        {"certificate": provided() | {"caPem": certificates.server().pem, "chainPem": certificates.server().pem}},
        "certificate: caPem is no CA's certificate: clients that pin it trust nobody; provide the CA's own",
    ),
    # Secrets.
    (
        {"settings": {"motto": "canary\0"}},
        "settings.motto: holds a NUL byte, which the host's shell cannot carry; take it out",
    ),
    (
        {"settings": {"smtp_password": "canary"}},
        "settings.smtp_password: is a secret by its name and stands in the stack file unencrypted; set it with: pulumi "
        "config set --secret --path settings.smtp_password",
    ),
    ({"settings": {"API_KEY": "canary"}}, "settings.API_KEY: is a secret by its name and stands in the stack file"),
    # Tags.
    (
        {"tags": {"wickr:stack": "other"}},
        "tags: 'wickr:stack' begins with wickr:, as the tags of the program itself do; choose another name",
    ),
    ({"tags": {"Name": "x"}}, "tags: 'Name' is each resource's own, set by the program; choose another name, such as"),
    (
        {"tags": {"cost#center": "a"}},
        "tags: 'cost#center': its name has #, which IAM refuses; letters, digits, spaces and _ . : / = + - @ are",
    ),
    (
        {"tags": {"owner": "a & b (c)"}},
        "tags: 'owner': its value has & ( ), which IAM refuses; letters, digits, spaces",
    ),
    (
        {"tags": {"Owner": "a", "owner": "b"}},
        "tags: 'Owner' and 'owner' differ in capitals alone, which IAM refuses; keep one of them",
    ),
]
"""Keys without `wickr:`, in the changes and at the beginning of the sentences."""

ELSEWHERE_NAMESPACE: list[tuple[str, str]] = [
    ("wikr:hostname", "wikr:hostname: there is no namespace wikr; did you mean wickr:hostname?"),
    ("Wickr:hostname", "Wickr:hostname: there is no namespace Wickr; did you mean wickr:hostname?"),
    ("awss:region", "awss:region: there is no namespace awss; did you mean aws:region?"),
]
"""Keys below a namespace that is nobody's, and nearly one that is somebody's."""

OF_THE_PROVIDER: list[tuple[str, str, str]] = [
    (
        "regoin",
        "eu-west-1",
        "aws:regoin: is not passed on to the provider; the keys that are: region, profile, ",
    ),
    ("defaultTags", "{}", "aws:defaultTags: is not passed on to the provider; the keys that are: "),
    ("accessKey", "CANARY", "aws:accessKey: is not passed on to the provider; the keys that are: "),
    ("region", "eu-west", "aws:region: must be a region such as eu-west-1, not 'eu-west'"),
    ("region", "Ireland", "aws:region: must be a region such as eu-west-1, not 'Ireland'"),
    ("profile", " ", "aws:profile: must be the name of a profile, not ' '"),
    ("maxRetries", "60", "aws:maxRetries: must be at most 25, not '60'"),
    ("allowedAccountIds", "[]", "aws:allowedAccountIds: must name an account, since an empty list allows "),
    ("skipRegionValidation", "yes", "aws:skipRegionValidation: must be true or false, not 'yes'"),
    ("maxRetries", "many", "aws:maxRetries: must be a whole number, not 'many'"),
    ("allowedAccountIds", "123456789012", "aws:allowedAccountIds: must be a list of AWS account numbers, not "),
    ("allowedAccountIds", '["acme"]', "aws:allowedAccountIds: must be a list of AWS account numbers, not "),
    ("allowedAccountIds", "acme", "aws:allowedAccountIds: must be a list of AWS account numbers, not 'acme'"),
]
"""Keys below `aws:`, their texts, and how the sentence begins."""
