"""The combinations of overlay and components that are checked."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from rigs.messages import Failure
from rigs.runs import ROOT

MANIFESTS = ROOT / "deploy" / "kubernetes"
CLAIM = "checkpoints-claim"
S3 = "checkpoints-s3"
POD_MONITOR = "pod-monitor"


@dataclass(frozen=True)
class Variant:
    """An overlay with its line for checkpoints, and with further components."""

    overlay: str
    storage: str
    extras: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " + ".join((self.overlay, self.storage, *self.extras))

    def write(self, folder: Path) -> Path:
        """Makes a copy of the manifests below the folder, changed as their README says; that of the overlay."""
        copy = folder / str(self).replace(" + ", "-")
        shutil.copytree(MANIFESTS, copy)
        overlay = copy / "overlays" / self.overlay
        kustomization = overlay / "kustomization.yaml"
        kustomization.write_text(with_components(kustomization.read_text(), self.storage, self.extras))
        return overlay


def variants(with_pod_monitor: bool) -> list[Variant]:
    """Each overlay as it is, and with all that it can have besides."""
    extras = ("kafka-config", *((POD_MONITOR,) if with_pod_monitor else ()))
    overlays = ("session", "application")
    return [Variant(overlay, CLAIM) for overlay in overlays] + [Variant(overlay, S3, extras) for overlay in overlays]


def with_components(kustomization: str, storage: str, extras: tuple[str, ...]) -> str:
    """An overlay's kustomization with another line for checkpoints, and further components below it.

    >>> print(with_components("components:\\n  - ../../components/checkpoints-claim\\n", "checkpoints-s3", ("more",)))
    components:
      - ../../components/checkpoints-s3
      - ../../components/more
    <BLANKLINE>
    """
    line = "  - ../../components/{}\n".format
    if line(CLAIM) not in kustomization:
        raise Failure(f"an overlay does not have the line '{line(CLAIM).strip()}', which its README says to change")
    return kustomization.replace(line(CLAIM), "".join(map(line, (storage, *extras))))
