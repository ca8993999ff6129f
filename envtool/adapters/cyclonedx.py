"""Writes bills of materials with CycloneDX's own library."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID, uuid5

from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.bom import Bom
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.model.license import DisjunctiveLicense, License, LicenseExpression
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from envtool import __version__
from envtool.domain.artifacts import bill as domain

# Of serial numbers, so that the same lock has the same one.
_SPACE = UUID("8d1f7a0e-6a0c-4d3e-9d53-0a4f6a1d8c55")


class CycloneDx:
    """The port `BillWriter`."""

    def write(self, bill: domain.Bill, now: datetime) -> str:
        """See `ports_exporting.BillWriter.write`."""
        root = Component(type=ComponentType.APPLICATION, name=bill.name, bom_ref="project")
        bom = Bom(
            serial_number=uuid5(_SPACE, bill.digest),
            components=[_component(each) for each in bill.components],
            dependencies=[
                _dependency("project", bill.roots),
                *(_dependency(each.purl, each.needs) for each in bill.components),
            ],
        )
        bom.metadata.timestamp = now
        bom.metadata.component = root
        bom.metadata.tools = ToolRepository(
            components=[
                Component(type=ComponentType.APPLICATION, name="envtool", version=__version__)
            ]
        )
        return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _component(each: domain.Component) -> Component:
    return Component(
        type=ComponentType.LIBRARY,
        bom_ref=each.purl,
        name=each.name,
        version=each.version,
        purl=PackageURL.from_string(each.purl),
        scope=ComponentScope.REQUIRED if each.is_production else ComponentScope.EXCLUDED,
        hashes=[HashType(alg=HashAlgorithm(name), content=text) for name, text in each.hashes],
        licenses=list(_licenses(each)),
        external_references=[
            ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(each.url))
        ],
        properties=[Property(name=name, value=value) for name, value in each.properties],
    )


def _licenses(each: domain.Component) -> Iterator[License]:
    if each.expression is not None:
        yield LicenseExpression(each.expression)
    elif each.license is not None:
        yield DisjunctiveLicense(name=each.license)


def _dependency(reference: str, needs: tuple[str, ...]) -> Dependency:
    return Dependency(BomRef(reference), [Dependency(BomRef(each)) for each in needs])
