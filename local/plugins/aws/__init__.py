"""Stand-in for the plugin `aws`: the resources that this project uses, made through boto3 at a loopback endpoint.

Names, defaults and what replaces follow pulumi-aws 7.51.1. What a table here does not name is refused at preview.
"""
