"""Attachments of volumes: what the service refuses and moto lets pass."""

import re
from typing import Any

from moto.ec2.exceptions import EC2ClientError, VolumeInUseError
from moto.ec2.responses.elastic_block_store import ElasticBlockStore

DEVICE = re.compile(r"/dev/(sd[b-z]([1-9]|1[0-5])?|xvd[b-z]|xvd[b-d][a-z])")
"""Names of data volumes; the first letter belongs to the root."""

_attach = ElasticBlockStore.attach_volume
_detach = ElasticBlockStore.detach_volume


def patch() -> None:
    """Puts the functions below in place of moto's."""
    ElasticBlockStore.attach_volume = attach_volume
    ElasticBlockStore.detach_volume = detach_volume


def attach_volume(self: Any) -> Any:
    """One volume to one instance of its own zone, under a name that is free."""
    backend, device = self.ec2_backend, self._get_param("Device") or ""
    volume, instance = (
        backend.get_volume(self._get_param("VolumeId")),
        backend.get_instance(self._get_param("InstanceId")),
    )
    if not DEVICE.fullmatch(device):
        text = f"Value ({device}) for parameter device is invalid. {device} is not a valid EBS device name."
        raise EC2ClientError("InvalidParameterValue", text)
    if volume.attachment is not None:
        raise VolumeInUseError(volume.id, volume.attachment.instance.id)
    if instance._state.name not in ("running", "stopped"):
        raise EC2ClientError("IncorrectState", f"Instance '{instance.id}' is not 'running'.")
    if volume.zone.name != instance.placement.zone:
        text = f"The volume '{volume.id}' is not in the same availability zone as instance '{instance.id}'"
        raise EC2ClientError("InvalidVolume.ZoneMismatch", text)
    if device in instance.block_device_mapping:
        text = f"Invalid value '{device}' for unixDevice. Attachment point {device} is already in use"
        raise EC2ClientError("InvalidParameterValue", text)
    return _attach(self)


def detach_volume(self: Any) -> Any:
    """Finds the instance by itself, wants the names that are given to be the right ones, and keeps a running root."""
    volume = self.ec2_backend.get_volume(self._get_param("VolumeId"))
    given = self._get_param("InstanceId"), self._get_param("Device")
    held = volume.attachment
    if held is None:
        raise EC2ClientError("IncorrectState", f"Volume '{volume.id}' is in the 'available' state.")
    real = held.instance.id, held.device
    if any(asked and asked != true for asked, true in zip(given, real, strict=True)):
        text = f"The volume '{volume.id}' is not attached to instance '{given[0]}' as device '{given[1]}'."
        raise EC2ClientError("InvalidAttachment.NotFound", text)
    if held.device == held.instance.root_device_name and held.instance._state.name == "running":
        text = f"Unable to detach root volume '{volume.id}' from instance '{real[0]}'"
        raise EC2ClientError("OperationNotPermitted", text)
    self.params = {**self.params, "InstanceId": real[0], "Device": real[1]}
    return _detach(self)
