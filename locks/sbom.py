"""What a release of the program is made of, as a CycloneDX document: `make sbom` prints it.

Packages of Python come from locks/runtime.txt, with the digests that pip holds them to; files for browsers from
hatch_build.py, with those that the build holds them to. The same commit gives the same document.
"""

import re
import runpy
import sys
import tomllib
import types
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).parent.parent
LOCKED = re.compile(
    r"^([a-z0-9.\-]+)==([^ ;\\]+)([^\n]*)\n((?:    --hash=sha256:[0-9a-f]{64}[ \\]*\n)+)", re.MULTILINE
)


def packages_of_browsers() -> tuple[Any, ...]:
    """hatch_build.PACKAGES. hatchling, which that file is a part of, need not be installed for it."""
    name = "hatchling.builders.hooks.plugin.interface"
    stand_in = types.ModuleType(name)
    stand_in.BuildHookInterface = object  # type: ignore[attr-defined]
    sys.modules.setdefault(name, stand_in)
    found: tuple[Any, ...] = runpy.run_path(str(ROOT / "hatch_build.py"))["PACKAGES"]
    return found


def component(kind: str, name: str, version: str, digests: list[str], **more: Any) -> Component:
    namespace, _, own = name.rpartition("/")
    url = PackageURL(kind, namespace or None, own, version)
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        purl=url,
        bom_ref=str(url),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in digests],
        **more,
    )


def document() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bom = Bom()
    own = Component(
        name=project["name"],
        version=project["version"],
        type=ComponentType.APPLICATION,
        bom_ref=project["name"],
    )
    bom.metadata.component = own
    found = LOCKED.findall((ROOT / "locks" / "runtime.txt").read_text(encoding="utf-8"))
    parts = [
        component("pypi", name, version, sorted(re.findall("[0-9a-f]{64}", digests)))
        for name, version, _, digests in found
    ]
    for package in packages_of_browsers():
        name, _, version = package.name.rpartition("@")
        files = [
            Component(
                name=file,
                type=ComponentType.FILE,
                bom_ref=f"file:{file}",
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
            )
            for file, (_, digest) in package.files.items()
        ]
        parts.append(component("npm", name, version, [], components=files))
    bom.components.update(parts)
    bom.register_dependency(own, parts)
    written = JsonV1Dot6(bom)
    # Its own name and day would differ each time: of the same parts it is the same document.
    bom.serial_number = uuid5(NAMESPACE_URL, "\n".join(sorted(part.bom_ref.value or "" for part in parts)))
    bom.metadata.timestamp = None  # type: ignore[assignment]
    return written.output_as_string(indent=2)


if __name__ == "__main__":
    print(document())
