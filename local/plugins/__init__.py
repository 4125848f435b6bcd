"""Stand-ins for the engine's plugins `aws`, `command` and `tls`, where the real ones cannot be had."""
