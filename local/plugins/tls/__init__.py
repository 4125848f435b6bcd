"""Stand-in for the `tls` plugin: keys, requests and certificates, made with `cryptography`.

It offers the four resources of the real plugin and refuses everything else by name. What a certificate
carries (extensions, their order, which of them are critical) follows the real plugin, so that what verifies
here verifies there.
"""
