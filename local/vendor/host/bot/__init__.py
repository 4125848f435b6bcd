"""The compliance bot of the local cloud: a stand-in that reads its configuration, logs in and says that it runs."""
