"""Instances: what the service keeps to and moto does not."""

import base64
from collections import Counter
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.responses import instances as responses
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.monitoring import Monitoring

from local.api import quotas

REBOOTS: Counter[str] = Counter()
"""How often each instance was told to reboot; the API itself shows no trace of it."""

STOPPED_ONLY = frozenset({"instance_type", "user_data", "kernel", "ramdisk", "ebs_optimized"})
"""Attributes that can be changed only while the instance is stopped."""

_parse = responses.parse_user_data
_run = InstanceResponse.run_instances
_modify = InstanceBackend.modify_instance_attribute
_wear = InstanceBackend.modify_instance_security_groups
_reboot = Instance.reboot
_terminate = Instance.terminate


def patch() -> None:
    """Puts the functions below in place of moto's."""
    responses.parse_user_data = parse_user_data
    InstanceResponse.run_instances = run_instances
    InstanceBackend.modify_instance_attribute = modify_instance_attribute
    InstanceBackend.modify_instance_security_groups = modify_instance_security_groups
    Instance.reboot = reboot
    Instance.terminate = terminate
    Monitoring.monitor_instances = monitor_instances
    Monitoring.unmonitor_instances = unmonitor_instances


def parse_user_data(value: Any) -> Any:
    """Takes the bytes of a change as they are; moto decodes them, and then wants to decode them again."""
    return _parse(base64.b64encode(value) if isinstance(value, bytes) else value)


def run_instances(self: Any) -> ActionResult:
    """Keeps `DisableApiTermination`, the throughput of the volumes, and the groups of a primary interface that was
    written out, all of which moto drops at launch. Refuses more groups than an interface carries.
    """
    quotas.check_interface(self._get_param("SecurityGroupIds", []))
    for interface in self._get_param("NetworkInterfaces", []):
        quotas.check_interface(interface.get("Groups", []))
    answer = _run(self)
    protected = self._get_param("DisableApiTermination") or False
    throughput = {
        mapping.get("DeviceName"): mapping["Ebs"]["Throughput"]
        for mapping in self._get_param("BlockDeviceMappings", [])
        if mapping.get("Ebs", {}).get("Throughput")
    }
    for instance in answer.result.instances:
        instance.disable_api_termination = protected
        if not instance.security_groups and 0 in instance.nics:
            instance.security_groups = list(instance.nics[0]._group_set)
        for device, held in instance.block_device_mapping.items():
            volume = self.ec2_backend.volumes[held.volume_id]
            fallback = 125 if volume.volume_type == "gp3" else None
            volume.throughput = throughput.get(device, fallback)
    return answer


def modify_instance_attribute(self: Any, instance_id: str, key: str, value: Any) -> Instance:
    """Refuses on a running instance what needs a stopped one."""
    instance = self.get_instance(instance_id)
    if key in STOPPED_ONLY and instance._state.name != "stopped":
        raise EC2ClientError("IncorrectInstanceState", f"The instance '{instance_id}' is not in the 'stopped' state.")
    return _modify(self, instance_id, key, value)


def modify_instance_security_groups(self: Any, instance_id: str, new_group_id_list: list[str]) -> Instance:
    """Changes the groups of the primary interface too, which moto leaves as they were."""
    quotas.check_interface(new_group_id_list)
    found = _wear(self, instance_id, new_group_id_list)
    if new_group_id_list and 0 in found.nics:
        found.nics[0]._group_set = list(found.security_groups)
    return found


def reboot(self: Any) -> None:
    """Counts it."""
    REBOOTS[self.id] += 1
    _reboot(self)


def terminate(self: Any) -> Any:
    """Lets go of the elastic address and takes the primary interface away, as the service does."""
    for address in self.ec2_backend.addresses:
        if address.instance is self or (address.eni is not None and address.eni in self.nics.values()):
            if address.eni is not None:
                address.eni.public_ip = None
            address.instance = address.eni = address.association_id = None
    if 0 in self.nics:
        self.nics[0].delete_on_termination = True
    return _terminate(self)


def monitor_instances(self: Any) -> ActionResult:
    """Turns detailed monitoring on."""
    return _monitoring(self, "enabled")


def unmonitor_instances(self: Any) -> ActionResult:
    """Turns it off."""
    return _monitoring(self, "disabled")


def _monitoring(self: Any, state: str) -> ActionResult:
    self.error_on_dryrun()
    instances = [self.ec2_backend.get_instance(name) for name in self._get_param("InstanceIds", [])]
    for instance in instances:
        instance.monitoring_state = state
    rows = [{"InstanceId": instance.id, "Monitoring": {"State": state}} for instance in instances]
    return ActionResult({"InstanceMonitorings": rows})
