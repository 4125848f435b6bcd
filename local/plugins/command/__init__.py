"""Stand-in for the `command` plugin: commands on this machine and on hosts over SSH (`asyncssh`).

It offers `local:Command`, `remote:Command` and `remote:CopyToRemote`, with the inputs, outputs, retries and
error texts of the real plugin, and refuses everything else by name.
"""
