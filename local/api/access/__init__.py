"""Who may do what: the account's policies, judged strictly for every call that comes from a host of the lab."""
