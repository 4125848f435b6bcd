"""The engine's protocol, out of the SDK, without the SDK.

Importing `pulumi` costs half a second, paid by every plugin at every preview; the protocol alone costs a tenth
of that. Where the SDK is not loaded yet its packages are entered as bare folders for the time of this import.
"""

import importlib.util
import sys
from types import ModuleType


def _enter_as_folders() -> list[str]:
    """Makes `pulumi.runtime.proto` importable without running what its parent packages would import."""
    found = importlib.util.find_spec("pulumi")
    if found is None or found.submodule_search_locations is None:
        raise SystemExit("The Python package 'pulumi' is missing: run 'make up' or install requirements.txt.")
    folder = found.submodule_search_locations[0]
    for name, path in (("pulumi", folder), ("pulumi.runtime", f"{folder}/runtime")):
        bare = ModuleType(name)
        bare.__path__ = [path]
        sys.modules[name] = bare
    return ["pulumi", "pulumi.runtime"]


_entered = [] if "pulumi" in sys.modules else _enter_as_folders()

from pulumi.runtime.proto import (  # noqa: E402  (the folders come first)
    engine_pb2,
    engine_pb2_grpc,
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
    status_pb2,
)

for _name in _entered:  # whoever imports the SDK later gets the real one
    del sys.modules[_name]

__all__ = ["engine_pb2", "engine_pb2_grpc", "plugin_pb2", "provider_pb2", "provider_pb2_grpc", "status_pb2"]
