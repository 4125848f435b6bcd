"""The local cloud: what stands in for AWS, the vendor and the hosts, on one Linux machine."""
