"""The door to the data that comes with envtool."""

from functools import cached_property
from pkgutil import get_data
from typing import TYPE_CHECKING

from envtool import __version__
from envtool.domain.catalog import Catalog, Patterns

if TYPE_CHECKING:
    from envtool.domain.auditing.identify import Products
    from envtool.domain.licenses import LicenseNames


# Where people put their own: on PyPI another program has the name `envtool`.
REPOSITORY = "git+https://github.com/OWNER/envtool"


class ShippedLists:
    """The port `Shipped` on the TOML files in `envtool/data/`."""

    def catalog(self) -> Catalog:
        """See `ports.Shipped.catalog`."""
        return self._catalog

    def template(self, name: str) -> str:
        """See `ports.Shipped.template`."""
        return (get_data("envtool", f"data/templates/{name}") or b"").decode("utf-8")

    def result_schema(self) -> str:
        """See `ports.Shipped.result_schema`."""
        return (get_data("envtool", "data/schemas/result-v1.json") or b"").decode("utf-8")

    def requirement(self) -> str:
        """See `ports.Shipped.requirement`."""
        import json
        from importlib.metadata import PackageNotFoundError, distribution

        try:
            text = distribution("envtool").read_text("direct_url.json")
        except PackageNotFoundError:
            text = None
        origin = json.loads(text or "{}")
        source = origin.get("vcs_info")
        if source is None:
            return f"envtool @ {REPOSITORY}@v{__version__}"
        return f"envtool @ {source['vcs']}+{origin['url']}@{source['commit_id']}"

    def licenses(self) -> "LicenseNames":
        """See `ports.Shipped.licenses`."""
        return self._licenses

    def products(self) -> "Products":
        """See `ports.Shipped.products`."""
        return self._products

    @cached_property
    def _products(self) -> "Products":
        import tomllib

        from envtool.domain.auditing.identify import products_of

        table = (get_data("envtool", "data/products.toml") or b"").decode("utf-8")
        return products_of(tomllib.loads(table))

    @cached_property
    def _licenses(self) -> "LicenseNames":
        import tomllib

        from envtool.domain.licenses import LicenseNames

        names = tomllib.loads((get_data("envtool", "data/licenses.toml") or b"").decode("utf-8"))
        return LicenseNames(
            aliases=names["aliases"],
            ambiguous={text: tuple(each) for text, each in names["ambiguous"].items()},
            nothing=frozenset(names["nothing"]["texts"]),
            empty=frozenset(names["empty"]["packages"]),
        )

    @cached_property
    def _catalog(self) -> Catalog:
        import json

        # Made of the TOML files by `python -m tests.shipped`: every start reads it.
        lists = json.loads(get_data("envtool", "data/lists.json") or b"{}")
        tools, names = lists["dev_tools"], lists["names"]
        layers = lists["layers"]["layers"]
        return Catalog(
            dev_tools={
                section: Patterns(content["packages"])
                for section, content in tools.items()
                if section != "not"
            },
            runtime=Patterns(tools["not"]["packages"]),
            layers={layer["name"]: Patterns(layer["packages"]) for layer in layers},
            default_layer=next(layer["name"] for layer in layers if layer.get("default")),
            pypi_names=names["conda-to-pypi"],
            conda_only=frozenset(names["conda-only"]["packages"]),
        )
