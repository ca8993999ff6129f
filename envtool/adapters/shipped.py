"""The door to the data that comes with envtool."""

import tomllib
from functools import cached_property
from pkgutil import get_data
from typing import Any

from envtool.domain.catalog import Catalog, Patterns


class ShippedLists:
    """The port `Shipped` on the TOML files in `envtool/data/`."""

    def catalog(self) -> Catalog:
        """See `ports.Shipped.catalog`."""
        return self._catalog

    @cached_property
    def _catalog(self) -> Catalog:
        tools = _table("dev_tools")
        layers = _table("layers")["layers"]
        return Catalog(
            dev_tools={
                section: Patterns(content["packages"])
                for section, content in tools.items()
                if section != "not"
            },
            runtime=Patterns(tools["not"]["packages"]),
            layers={layer["name"]: Patterns(layer["packages"]) for layer in layers},
            default_layer=next(layer["name"] for layer in layers if layer.get("default")),
            pypi_names=_table("names")["conda-to-pypi"],
        )


def _table(name: str) -> dict[str, Any]:
    data = get_data("envtool", f"data/{name}.toml") or b""
    return tomllib.loads(data.decode("utf-8"))
