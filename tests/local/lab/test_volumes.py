"""A volume of the API is a second disk of the host that has it, and its data goes with it to the next."""

import pytest

from tests.local.lab.conftest import OPERATOR_NET, Cloud, eventually, tcp

pytestmark = pytest.mark.lab

BY_ID = "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_"


@pytest.fixture(scope="module")
def group(cloud: Cloud) -> str:
    return cloud.group("keeper", tcp(22, OPERATOR_NET))


@pytest.fixture(scope="module")
def keeper(cloud: Cloud, group: str) -> str:
    instance = cloud.host("lab-keeper", group, gib=8)
    cloud.ready(instance)
    return instance


@pytest.fixture(scope="module")
def volume(cloud: Cloud, keeper: str) -> str:
    described = cloud.ec2.describe_instances(InstanceIds=[keeper])["Reservations"][0]["Instances"][0]
    zone = described["Placement"]["AvailabilityZone"]
    return cloud.ec2.create_volume(AvailabilityZone=zone, Size=20, VolumeType="gp3")["VolumeId"]


def link(volume: str) -> str:
    return BY_ID + volume.replace("-", "")


def attach(cloud: Cloud, volume: str, instance: str, name: str) -> None:
    cloud.ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")
    seen = ["test", "-b", link(volume)]
    eventually("the host has it", lambda: cloud.lab.run(name, seen).returncode == 0, 10)


def test_a_running_host_gets_a_volume_as_a_nitro_instance_does(cloud: Cloud, keeper: str, volume: str) -> None:
    assert cloud.lab.run("keeper", ["test", "-e", "/dev/nvme1n1"]).returncode == 1
    attach(cloud, volume, keeper, "keeper")
    assert cloud.on("keeper", f"readlink -f {link(volume)}") == "/dev/nvme1n1"
    assert cloud.on("keeper", "blockdev --getsize64 /dev/nvme1n1") == str(20 << 30)
    assert cloud.lab.run("keeper", ["blkid", "-p", "/dev/nvme1n1"]).returncode == 2, "it is empty"
    assert cloud.state(keeper) == "ready"


def test_it_is_mounted_again_by_its_file_system_after_a_reboot(cloud: Cloud, keeper: str, volume: str) -> None:
    cloud.on(
        "keeper",
        "mkfs.ext4 -q -L data /dev/nvme1n1; mkdir -p /data; uuid=$(blkid -p -o value -s UUID /dev/nvme1n1);"
        "echo UUID=$uuid /data ext4 defaults,nofail 0 2 >>/etc/fstab; systemctl daemon-reload;"
        "mount /data; findmnt -n -o SOURCE --mountpoint /data; echo kept >/data/kept; sync",
    )
    cloud.ec2.reboot_instances(InstanceIds=[keeper])
    eventually("it goes down", lambda: cloud.state(keeper) != "ready")
    cloud.ready(keeper)
    assert cloud.on("keeper", "findmnt -n -o SOURCE --mountpoint /data; cat /data/kept") == "/dev/nvme1n1\nkept"


def test_it_grows_while_it_is_in_use(cloud: Cloud, keeper: str, volume: str) -> None:
    cloud.ec2.modify_volume(VolumeId=volume, Size=30)
    grown = f"test $(blockdev --getsize64 /dev/nvme1n1) = {30 << 30}"
    eventually("it is larger", lambda: cloud.lab.run("keeper", ["bash", "-c", grown]).returncode == 0, 10)
    # Mounted, it would need a right that the machine under this lab may not have: see docs/local-cloud.md.
    cloud.on(
        "keeper",
        "umount /data; e2fsck -fp /dev/nvme1n1; resize2fs /dev/nvme1n1; mount /data;"
        "test $(df --output=size -BG /data | tail -1 | tr -dc 0-9) -gt 25",
    )


def test_two_hosts_do_not_write_to_it_at_once(cloud: Cloud, keeper: str, volume: str, group: str) -> None:
    """Taken away while it is mounted, it stays busy for the next one until it is unmounted."""
    other = cloud.host("lab-successor", group, gib=8)
    cloud.ready(other)
    cloud.ec2.detach_volume(VolumeId=volume)
    gone = ["test", "-e", link(volume)]
    eventually("the link is gone", lambda: cloud.lab.run("keeper", gone).returncode == 1, 10)
    cloud.ec2.attach_volume(VolumeId=volume, InstanceId=other, Device="/dev/sdf")

    def problem() -> str:
        return next(str(host["problem"]) for host in cloud.lab.status()["hosts"] if host["id"] == other)

    eventually("the lab says why", lambda: f"volume {volume} is still mounted" in problem(), 10)
    cloud.on("keeper", "umount /data")
    seen = ["test", "-b", link(volume)]
    eventually("the next one has it", lambda: cloud.lab.run("successor", seen).returncode == 0, 20)
    assert cloud.on("successor", "mkdir /data; mount /dev/nvme1n1 /data; cat /data/kept") == "kept"
    eventually("all is well", lambda: problem() == "", 10)


def test_it_outlives_its_host(cloud: Cloud, volume: str, group: str) -> None:
    successor = cloud.lab.host("successor")["id"]
    cloud.ec2.terminate_instances(InstanceIds=[successor])
    eventually("the host is gone", lambda: cloud.state(successor) == "gone")
    third = cloud.host("lab-third", group, gib=8)
    cloud.ec2.attach_volume(VolumeId=volume, InstanceId=third, Device="/dev/sdf")  # while it boots
    cloud.ready(third)
    assert cloud.on("third", f"mkdir /data; mount {link(volume)} /data; cat /data/kept") == "kept"
    file = cloud.lab.folder.volumes / f"{volume}.img"
    assert file.stat().st_blocks * 512 < 1 << 30, "what is not written takes no place on this machine"
    cloud.ec2.terminate_instances(InstanceIds=[third])
    eventually("the host is gone", lambda: cloud.state(third) == "gone")
    cloud.ec2.delete_volume(VolumeId=volume)
    eventually("its file is gone", lambda: not file.exists(), 10)
