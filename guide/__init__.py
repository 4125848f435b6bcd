"""What the vendor's documents say, as data. Pure Python; every row names the section that it comes from.

"IG" is *Wickr Enterprise Installation and Maintenance* 1.2.0 (27 May 2021), "CG" *Wickr Enterprise
Compliance Service* 4.0 (11 May 2022). A test, a security group, a firewall script and a document that
speak of a port, a size or a version all read it here.
"""
