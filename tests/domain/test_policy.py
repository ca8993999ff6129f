"""Policies: read with all problems at once, resolved, compared."""

import tomllib
from datetime import date

import pytest
from jsonschema import Draft202012Validator

from envtool.conda_versions import Strictness
from envtool.domain.findings import Severity
from envtool.domain.policy.model import options
from envtool.domain.policy.reader import PolicyText, read_settings
from envtool.domain.policy.records import (
    Archives,
    Artifact,
    Ban,
    Profile,
    SignatureMode,
    Signing,
    StatedLicense,
    UpdateKind,
    Vendored,
    Waiver,
)
from envtool.domain.policy.resolve import resolve
from envtool.domain.policy.schema import policy_schema
from envtool.domain.policy.shapes import closest
from envtool.domain.policy.test_options import Benchmark, Command, Service
from envtool.domain.policy.weakenings import weakenings
from envtool.domain.rules import DEFAULTS, RULES
from envtool.domain.specs import Role
from tests.judging import policy, settings

EVERYTHING = """\
profile = "strict"
fail-on = "warning"

[rules]
pins = "info"
"pins.direct" = "error"
env.duplicate = "off"

[files]
production = ["a.yml"]
development = ["b-*.yml"]

[env]
known-keys = ["x-tool"]
dev-tools = ["inhouse-*"]
runtime-tools = ["pytest"]

[layers]
database = ["mydb*"]

[groups]
science = ["numpy", "scipy"]

[pins]
production = "minor"
development = "lower"
lock-satisfies = true
layers = { database = "build" }
packages = { numpy = "none" }

[constraints]
openssl = ">=3.0.7,<4"

[channels]
allowed = ["conda-forge"]
order = ["conda-forge"]

mirrors = { conda-forge = ["https://mirror.example.org/conda-forge"] }

[audit.products]
our-curl = ["curl/libcurl"]
[licenses]
allow = ["mit", "BSD-*"]
review = ["MPL-2.0"]
deny = ["GPL-3.0*", "GPL-2.0-only WITH Classpath-exception-2.0"]
packages = { libffi = { license = "mit", reason = "its LICENSE", versions = ">=3" } }

[signatures]
trust-root = { path = "root.json", sha256 = "0000000000000000000000000000000000000000000000000000000000000000" }

[signatures.channels.conda-forge]
mode = "require"
publisher = "https://github.com/conda-forge/*"
issuer = "https://token.actions.githubusercontent.com"

[signatures.channels."*"]
mode = "warn"

[freshness]
max-age-days = 700
max-majors-behind = 1
project-index = "https://index.example.org/simple"

[[bans]]
package = "pycrypto"
versions = "<3"
reason = "abandoned"
instead = "pycryptodome"

[[waivers]]
rule = "pins.direct"
package = "numpy"
path = "environment*.yml"
reason = "why"
owner = "me"
expires = 2027-01-31

[waiving]
max-days = 30
notice-days = 7
inline = false
never = ["secrets"]

[updates]
auto = ["patch", "major"]
review = ["openssl*"]
cooldown-days = 3
security = "review"

[export]
artifacts = ["sbom", "explicit"]

[recreate]
post-link = ["r-*"]
archives = "kept"

[[waivers]]
rule = "advisories.vulnerable"
advisory = "CVE-2026-1"
reason = "why"
owner = "me"
expires = 2027-01-31

[audit]
min-coverage = 80
max-age-days = 3
min-score = 6.5
vex = ["vex.json"]
sources = { osv = "https://osv.example.org", kev = "file:///mirror/kev.json" }

[test]
skip = ["pyqt"]
platforms = ["linux-64", "osx-arm64"]

[[test.commands]]
command = "pytest -q"
environment = "development"
timeout = 0.5
retries = 2
cwd = "sub"
variables = { STAGE = "test", EMPTY = "" }

[[test.services]]
name = "web"
command = ["serve", "--port", "80"]
http = "http://127.0.0.1/health"

[[test.benchmarks]]
name = "load"
command = ["load", "it"]
runs = 3
slower = 1.5

[deploy.variables]
STAGE = "live"
PASSWORD = { env = "DB_PASSWORD" }

[[deploy.before]]
command = "migrate"
timeout = 5
variables = { KEY = { file = "/run/secrets/key" } }

[[deploy.services]]
name = "web"
command = ["serve", "--port", "80"]
http = "http://127.0.0.1/health"
timeout = 3
signal = "INT"
grace = 1.5

[[deploy.services]]
name = "unit"
start = "systemctl start unit"
stop = "systemctl stop unit"
tcp = "127.0.0.1:5432"

[deploy.profiles.live]
environment = "production"
groups = ["gpu"]
services = ["web"]
variables = { STAGE = "live" }

[[approvals]]
package = "numpy"
version = "2.0.0"
reason = "read the notes"
owner = "ops@example.org"
date = '2026-11-23'
"""


def test_every_option_is_read() -> None:
    resolved = policy(EVERYTHING)
    read = resolved.policy
    assert not resolved.unknown
    assert read.profile is Profile.STRICT
    assert read.fail_on is Severity.WARNING
    assert read.production_files == ("a.yml",)
    assert read.known_keys == ("x-tool",)
    assert read.groups == {"science": ("numpy", "scipy")}
    assert read.constraints == {"openssl": ">=3.0.7,<4"}
    assert read.bans == (Ban("pycrypto", "abandoned", "<3", "pycryptodome"),)
    assert read.mirrors == {"conda-forge": ("https://mirror.example.org/conda-forge",)}
    assert read.licenses.allow == ("MIT", "BSD-*")
    assert read.licenses.review == ("MPL-2.0",)
    assert read.licenses.deny == ("GPL-3.0*", "GPL-2.0-only WITH Classpath-exception-2.0")
    assert read.stated_licenses == {"libffi": StatedLicense("MIT", "its LICENSE", ">=3")}
    assert read.audited_products == {"our-curl": ("curl/libcurl",)}
    waiver = Waiver("pins.direct", "why", "me", date(2027, 1, 31), "numpy", "environment*.yml")
    vulnerability = Waiver("advisories.vulnerable", "why", "me", date(2027, 1, 31))
    assert read.waivers == (waiver, vulnerability._replace(advisory="CVE-2026-1"))
    assert str(resolved.waiver_places[waiver]).startswith("envtool.toml:70:")
    assert read.never_waived == ("secrets",)
    assert (read.waiver_days, read.waiver_notice_days, read.inline_ignores) == (30, 7, False)
    assert read.auto_updates == (UpdateKind.PATCH, UpdateKind.MAJOR)
    assert (read.reviewed_updates, read.cooldown_days) == (("openssl*",), 3)
    assert (read.post_link, read.archives) == (("r-*",), Archives.KEPT)

    assert (read.audit_coverage, read.audit_age_days, read.audit_score) == (80, 3, 6.5)
    assert read.audit_vex == ("vex.json",)
    assert read.audit_sources["kev"] == "file:///mirror/kev.json"
    assert read.signatures == {
        "conda-forge": Signing(
            SignatureMode.REQUIRE,
            "https://github.com/conda-forge/*",
            "https://token.actions.githubusercontent.com",
        ),
        "*": Signing(SignatureMode.WARN),
    }
    assert read.trust_root == Vendored("root.json", "0" * 64)
    assert (read.max_age_days, read.max_majors_behind) == (700, 1)
    assert read.project_index == "https://index.example.org/simple"
    assert read.artifacts == (Artifact.SBOM, Artifact.EXPLICIT)

    assert (read.test_skip, read.test_platforms) == (("pyqt",), ("linux-64", "osx-arm64"))
    variables = {"STAGE": "test", "EMPTY": ""}
    command = Command("pytest -q", "", "development", 0.5, 2, "sub", variables)
    service = Service("web", ("serve", "--port", "80"), http="http://127.0.0.1/health")
    benchmark = Benchmark(("load", "it"), "load", runs=3, slower=1.5)
    assert (read.test_commands, read.test_services) == ((command,), (service,))
    assert read.test_benchmarks == (benchmark,)
    assert list(map(str, (command, service, benchmark))) == ["`pytest -q`", "`web`", "`load`"]
    (approval,) = read.approvals
    assert approval.date == date(2026, 11, 23)
    assert approval.covers("NumPy", "2.0.0")
    assert not approval.covers("numpy", "2.0.1")
    unset = {name for name in options() if read.origins[name].startswith("default")}
    assert unset == {"extends"}


def test_the_more_exact_severity_wins() -> None:
    severities = policy(EVERYTHING).policy.severities
    assert severities["pins.wildcard"] is Severity.INFO
    assert severities["pins.direct"] is Severity.ERROR
    assert severities["env.duplicate"] is None
    assert severities["env.parse"] is Severity.ERROR


@pytest.mark.parametrize(
    ("role", "layer", "package", "expected"),
    [
        (Role.PRODUCTION, "application", "x", Strictness.MINOR),
        (Role.PRODUCTION, "database", "x", Strictness.BUILD),
        (Role.PRODUCTION, "database", "numpy", Strictness.NONE),
        (Role.DEVELOPMENT, "development", "x", Strictness.LOWER),
        (Role.DEVELOPMENT, "development", "numpy", Strictness.NONE),
    ],
)
def test_pins_go_from_package_to_layer_to_file(
    role: Role, layer: str, package: str, expected: Strictness
) -> None:
    assert policy(EVERYTHING).policy.pin(role, layer, package) is expected


def test_origins_name_file_and_line() -> None:
    origins = policy("[pins]\nproduction = 'full'\n").policy.origins
    assert origins["production_pin"] == "envtool.toml:2:1"
    assert origins["development_pin"] == "default (recommended)"


# What is written, where it is reported, and a word of the message.
WRONG = [
    ("profile = 'lax'", 1, "must be one of `strict`, `recommended`"),
    ("profile = 3", 1, "must be one of"),
    ("fail-on = 'errors'", 1, "did you mean `error`?"),
    ("rules = 3", 1, "must be a table of rules"),
    ("[rules]\n'pins.direct' = 'fatal'", 2, '`rules."pins.direct"` must be one of'),
    ("[rules]\npins.direct = 'fatal'", 2, "must be one of"),
    ("files = 3", 1, "must be a table: `[files]`"),
    ("[freshness]\nmax-age-days = -1", 2, "`freshness.max-age-days` must be a number of days"),
    ("[freshness]\nproject-index = 'pypi'", 2, "must be the URL of an index"),
    ("[signatures.channels]\na = 'require'", 2, "`signatures.channels.a` must be a table"),
    ("[signatures.channels]\na = { mode = 'on' }", 2, "must be one of `require`, `warn`, `off`"),
    (
        "[signatures.channels]\na = { mode = 'require', issuer = 'https://i.org' }",
        2,
        "lacks `publisher`: anybody can sign",
    ),
    ("[signatures.channels]\na = { mode = 'require', publisher = 'p' }", 2, "lacks `issuer`"),
    ("[signatures.channels]\na = { mode = 'warn', issuer = 'i.org' }", 2, "must be a URL like"),
    ("[signatures]\ntrust-root = { path = 'r.json' }", 2, "lacks `sha256`"),
    ("[files]\nproduction = 'a.yml'", 2, "must be a list of texts"),
    ("[channels]\nallowed = 'conda-forge'", 2, 'write `["conda-forge"]`'),
    ("[files]\nproduction = 3", 2, "`envtool policy schema` says"),
    ("[files]\nproduction = ['a.yml',\n 3]", 2, "`files.production[1]` must be"),
    ("[pins]\nproduction = 'fulll'", 2, "did you mean `full`?"),
    ("[pins]\nlayers = 3", 2, "must be a table"),
    ("[constraints]\nopenssl = '>>3'", 2, "no version range"),
    ("[constraints]\nopenssl = 3", 2, "must be a version range"),
    ("[groups]\na = ['b c']", 2, "a package name or a pattern"),
    ("bans = 3", 1, "must be an array of tables"),
    ("bans = ['a']", 1, "must be a table"),
    ("[[bans]]\npackage = 'a'", 1, "lacks `reason`"),
    ("[[waivers]]\nrule='pins'\nreason='r'\nowner='o'\nexpires='soon'", 5, "must be a date"),
    ("[[waivers]]\nrule='pins'\nreason='r'\nexpires=2027-01-01", 1, "lacks `owner`"),
    ("[waiving]\nmax-days = -1", 2, "a number of days"),
    ("[waiving]\nmax-days = true", 2, "a number of days"),
    ("[waiving]\ninline = 1", 2, "must be `true` or `false`"),
    ("[updates]\nauto = ['huge']", 2, "`updates.auto[0]` must be one of `rebuild`, `patch`"),
    ("[updates]\nauto = ['majr']", 2, "did you mean `major`?"),
    ("[updates]\ncooldown-days = 1.5", 2, "a number of days"),
    ("[audit]\nmin-coverage = 101", 2, "`audit.min-coverage` must be a number from 0 to 100"),
    ("[audit]\nmin-coverage = 50.5", 2, "a number from 0 to 100"),
    ("[audit]\nmin-score = true", 2, "`audit.min-score` must be a score from 0 to 10"),
    ("[audit]\nmin-score = 10.1", 2, "a score from 0 to 10"),
    (
        "[[waivers]]\nrule = 'x'\nreason = 'x'\nowner = 'x'\nexpires = 2027-01-01\nadvisory = ' '",
        6,
        "an id like `CVE-2026-1234`",
    ),
    ("extends = {path = 'x', sha256 = 'y'}", 1, "64 hexadecimal digits"),
    ("[audit.products]\nx = ['Debian/curl']", 2, "must be a product like `PyPI/requests`"),
    ("[licenses]\nallow = [3]", 2, "must be an SPDX identifier or a pattern"),
    ("[licenses]\nallow = ['MIT OR ISC']", 2, "must be an SPDX identifier or a pattern"),
    ("[licenses]\ndeny = ['GPL-3.0']", 2, "`GPL-3.0-or-later` or `GPL-3.0*`"),
    ("[licenses]\ndeny = ['LGPL-2.1+']", 2, "write `LGPL-2.1-only`"),
    ("[licenses]\ndeny = ['wxWindows']", 2, "SPDX has deprecated `wxWindows`"),
    ("[licenses]\npackages = {a = {license = 3, reason = 'r'}}", 2, "must be an SPDX expression"),
    ("[licenses]\npackages = {a = {license = 'MIT'}}", 2, "lacks `reason`"),
    ("[licenses]\npackages = {a = 'MIT'}", 2, "must be a table"),
    ("[[test.commands]]\nname = 'x'", 1, "lacks `command`"),
    ("[[test.commands]]\ncommand = ''", 2, "must be a line for the shell, or a list of words"),
    ("[[test.commands]]\ncommand = []", 2, 'write `["pytest", "-q"]`'),
    ("[[test.commands]]\ncommand = ['']", 2, "must be a line for the shell"),
    ("[[test.commands]]\ncommand = ['a', 3]", 2, "must be a line for the shell"),
    ("[[test.commands]]\ncommand = 'a'\ntimeout = 0", 3, "must be a number from 0.1 to 86400"),
    ("[[test.commands]]\ncommand = 'a'\nretries = 1.5", 3, "must be a whole number from 0 to 10"),
    ("[[test.commands]]\ncommand = 'a'\nretries = true", 3, "must be a whole number"),
    ("[[test.commands]]\ncommand = 'a'\nvariables = {A = 3}", 3, "must be a table of texts"),
    ("[[test.commands]]\ncommand = 'a'\nvariables = {'A B' = 'x'}", 3, "is no name of a variable"),
    ("[[test.commands]]\ncommand = 'a'\nvariables = {PATH = 'x'}", 3, "is set by the activation"),
    ("[[test.services]]\nname = 'a'\ncommand = 'a'", 1, "needs one of `http`, `tcp` and `probe`"),
    ("[[test.services]]\nname = 'a'\ncommand = 'a'\ntcp = 'x:1'\nprobe = 'p'", 1, "needs one of"),
    ("[[test.services]]\nname = 'a'\ncommand = 'a'\ntcp = 'x'", 4, "a host and a port"),
    ("[[test.services]]\nname = 'a'\ncommand = 'a'\nhttp = 'ftp://x'", 4, "must be a URL"),
    ("[[deploy.services]]\nname = 'a'\ncommand = 'a'", 1, "needs one of `http`, `tcp` and `probe`"),
    (
        "[[deploy.services]]\nname = 'a'\nstart = 'a'\ntcp = 'x:1'",
        1,
        "needs a `command`, or `start` and `stop`",
    ),
    (
        "[[deploy.services]]\nname = 'a'\ncommand = 'a'\nstop = 'a'\ntcp = 'x:1'",
        1,
        "needs a `command`, or",
    ),
    ("[[deploy.services]]\nname = '../a'\ncommand = 'a'\ntcp = 'x:1'", 2, "a name of letters"),
    (
        "[[deploy.services]]\nname = 'a'\ncommand = 'a'\ntcp = 'x:1'\nsignal = 'KILL'",
        5,
        "a signal like `TERM`",
    ),
    ("[deploy]\nservices = [1]", 2, "must be a table"),
    ("[deploy]\nvariables = 1", 2, "`deploy.variables` must be a table"),
    ("[deploy.variables]\nPATH = 'x'", 1, "is set by the activation itself"),
    ("[deploy.variables]\nA = 1", 2, "must be a text, or say where it is"),
    ("[deploy.variables]\nA = { env = '' }", 2, "must be a text, or say where it is"),
    ("[deploy.variables]\nA = { env = 'A', file = 'B' }", 2, "must be a text, or say where it is"),
    ("[test]\nservices = ['a']", 2, "must be a table"),
    ("[test]\nplatforms = ['linux']", 2, "a platform like `linux-64`"),
    ("[[approvals]]\npackage='a'\nversion='1'\nreason='r'\nowner='o'", 1, "lacks `date`"),
]

# What only the list of licences tells.
NOT_SPDX = [
    ("[licenses]\ndeny = ['GLP-3.0-only']", 2, "Unknown license: 'glp-3.0-only'"),
    ("[licenses]\ndeny = ['BSD']", 2, "https://spdx.org/licenses"),
    ("[licenses]\nallow = ['MIT WITH luck']", 2, "Unknown license exception"),
    ("[licenses]\npackages = {a = {license = 'Custom', reason = 'r'}}", 2, "is not SPDX"),
]


@pytest.mark.parametrize(("text", "line", "words"), [*WRONG, *NOT_SPDX])
def test_wrong_values_have_a_place_and_a_hint(text: str, line: int, words: str) -> None:
    read = read_settings(PolicyText("envtool.toml", text, tomllib.loads(text)))
    (failure,) = read.failures
    assert failure.place is not None
    assert failure.place.line == line
    assert words in " ".join((failure.message, *failure.hints))


def test_secrets_are_no_settings() -> None:
    """They are referred to."""
    text = "[deploy.variables]\nDB_PASSWORD = 'hunter2-secret'"
    read = read_settings(PolicyText("envtool.toml", text, tomllib.loads(text)))
    (failure,) = read.failures
    assert failure.message == "`deploy.variables.DB_PASSWORD` is a secret, written down"
    assert failure.hints == (
        'write `{ env = "DB_PASSWORD" }` or `{ file = "/run/secrets/db_password" }`',
    )


def test_what_is_deployed_names_itself() -> None:
    read = policy(EVERYTHING).policy
    assert [str(each) for each in read.deploy_services] == ["`web`", "`unit`"]
    assert [str(each) for each in read.deploy_before] == ["`migrate`"]
    references = (read.deploy_variables["PASSWORD"], read.deploy_before[0].variables["KEY"])
    assert [*map(str, references)] == ["`$DB_PASSWORD`", "`/run/secrets/key`"]
    assert read.deploy_profiles["live"].services == ("web",)


def test_all_problems_come_at_once() -> None:
    text = "profile = 'x'\nfoo = 1\n[pins]\nproduction = 'y'\nbar = 2\n"
    read = read_settings(PolicyText("envtool.toml", text, tomllib.loads(text)))
    assert len(read.failures) == 2
    assert [place.line for _, place in read.unknown] == [2, 5]


def test_a_policy_in_pyproject_has_the_places_of_pyproject() -> None:
    text = "[project]\nname = 'x'\n[tool.envtool.pins]\nproduction = 'y'\n"
    source = PolicyText("pyproject.toml", text, tomllib.loads(text), ("tool", "envtool"))
    (failure,) = read_settings(source).failures
    assert str(failure.place) == "pyproject.toml:4:1"
    assert PolicyText("x", "tool = 1", {"tool": 1}, ("tool",)).content == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[pinns]\nx = 1", "did you mean `pins`?"),
        ("[pins]\nprodution = 'full'", "did you mean `production`?"),
        ("[layers]\ndatabse = []", "did you mean `database`?"),
        ("[[bans]]\npackage='a'\nreason='r'\nversion='1'", "did you mean `versions`?"),
        ("[rules]\n'pins.dirct' = 'off'", "did you mean `pins.direct`?"),
        ("[[waivers]]\nrule='pin'\nreason='r'\nowner='o'\nexpires=2027-01-01", "`pins`?"),
        ("[waiving]\nnever = ['secretes']", "did you mean `secrets`?"),
        ("zzzzzz = 1", "unknown key `zzzzzz`"),
    ],
)
def test_unknown_keys_name_the_closest(text: str, words: str) -> None:
    (violation,) = policy(text).unknown
    assert words in f"{violation.message} {violation.fix}"


SIGNED = "{mode = 'require', publisher = 'https://b.org/*', issuer = 'https://i.org'}"

# What a project writes on top of the shared policy -> the option that is too weak.
SHARED = """\
profile = "strict"
[rules]
"channels.label" = "error"
[pins]
production = "full"
packages = { numpy = "build" }
layers = { database = "build" }
[constraints]
openssl = ">=3"
[channels]
allowed = ["conda-forge", "bioconda"]
mirrors = { conda-forge = ["https://m.org/cf"] }
[env]
known-keys = ["y"]
dev-tools = ["z"]
[licenses]
allow = ["MIT", "BSD-*", "Apache-2.0", "GPL-2.0-only WITH *-exception-2.0"]
review = ["MPL-*", "EPL-2.0"]
deny = ["GPL-3.0-only", "AGPL-?.0-only"]
packages = { libffi = { license = "MIT", reason = "r" } }
[[bans]]
package = "pycrypto"
reason = "r"
[waiving]
max-days = 30
inline = false
never = ["bans"]
[updates]
review = ["openssl"]
[signatures.channels]
conda-forge = { mode = "require", publisher = "https://a.org/*", issuer = "https://i.org" }
bioconda = { mode = "warn" }
"*" = { mode = "warn", issuer = "https://i.org" }
[freshness]
max-majors-behind = 2

[[test.commands]]
command = "pytest"
[test]
platforms = ["linux-64"]
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", None),
        ("profile = 'strict'", None),
        ("profile = 'recommended'", None),
        ("fail-on = 'info'", None),
        ("[rules]\n'channels.label' = 'warning'", "`rules.channels.label` is `warning`"),
        ("[rules]\nchannels = 'off'", "`rules.channels.allowed` is `off` instead of `error`"),
        ("[pins]\nproduction = 'minor'", "is `minor` instead of `full`"),
        ("[pins]\nproduction = 'build'", None),
        ("[pins]\ndevelopment = 'none'", "`pins.development` is `none` instead of `minor`"),
        ("[pins.packages]\nnumpy = 'full'", "`pins.packages.numpy` is `full` instead of `build`"),
        ("[pins.packages]\nscipy = 'none'", "`pins.packages.scipy` is `none` instead of `full`"),
        ("[pins.layers]\ndatabase = 'full'", "`pins.layers.database` is `full` instead of `build`"),
        ("[constraints]\nopenssl = '>=1'", "changes `openssl = >=3`"),
        ("[constraints]\nzlib = '>=1'", None),
        ("[channels]\nallowed = ['conda-forge']", None),
        ("[channels]\nallowed = ['conda-forge', 'x']", "adds `x`"),
        ("[channels]\nallowed = []", "allows everything"),
        ("[[bans]]\npackage = 'a'\nreason = 'r'", None),
        ("[env]\nknown-keys = ['x']", "adds `x`"),
        ("[env]\nknown-keys = []", None),
        ("[env]\ndev-tools = ['x']", None),
        ("[waiving]\nmax-days = 31", "31 days instead of 30"),
        ("[waiving]\nmax-days = 29", None),
        ("[updates]\nauto = ['patch']", None),
        ("[updates]\nauto = ['patch', 'minor']", "`updates.auto` adds `minor`"),
        ("[updates]\nreview = []", None),
        ("[updates]\nreview = ['numpy']", None),
        ("[updates]\ncooldown-days = 6", "`updates.cooldown-days` 6 days instead of 7"),
        ("[updates]\ncooldown-days = 8", None),
        ("[recreate]\npost-link = ['font-ttf']", "`recreate.post-link` adds `font-ttf`"),
        ("[recreate]\narchives = 'none'", "`recreate.archives` `none` instead of `kept`"),
        ("[recreate]\narchives = 'kept'", None),

        ("[audit]\nmin-coverage = 50", None),
        ("[audit]\nmin-score = 4.5", "`audit.min-score` 4.5 instead of 0"),
        ("[audit]\nmax-age-days = 30", "`audit.max-age-days` 30 days instead of 2"),
        ("[audit]\nvex = ['a.json']", "`audit.vex` adds `a.json`"),
        ("[waiving]\nnever = []", None),
        ("[[test.commands]]\ncommand = 'more'", None),
        ("test.platforms = []", None),
        ("test.skip = ['x']", "`test.skip` adds `x`"),
        ("[[approvals]]\npackage='a'\nversion='1'\nreason='r'\nowner='o'\ndate=2026-01-01", None),
        ("[waiving]\nnever = ['pins']", None),
        ("[waiving]\ninline = true", "`waiving.inline` `true`"),
        ("[[waivers]]\nrule='pins'\nreason='r'\nowner='o'\nexpires=2027-01-01", None),
        ("[channels]\nmirrors = {conda-forge = ['https://m.org/cf', 'https://n.org']}", "adds `conda-forge = https://n.org`"),
        ("[channels]\nmirrors = {x = ['https://m.org/x']}", "adds `x = https://m.org/x`"),
        ("[channels]\nmirrors = {conda-forge = []}", None),
        ("[licenses]\nallow = ['MIT']", None),
        ("[licenses]\nallow = ['BSD-3-Clause', 'BSD-2*']", None),
        ("[licenses]\nallow = ['MIT', 'ISC']", "`licenses.allow` adds `ISC`"),
        ("[licenses]\nallow = ['B*']", "`licenses.allow` adds `B*`"),
        ("[licenses]\nallow = []", "`licenses.allow` allows everything"),
        ("[licenses]\nallow = ['MIT WITH LLVM-exception']", "adds `MIT WITH LLVM-exception`"),
        ("[licenses]\nallow = ['GPL-2.0-only WITH GCC-exception-2.0']", None),
        ("[licenses]\nreview = ['MIT']", None),
        ("[licenses]\nreview = ['* WITH LLVM-exception']", "`licenses.review` adds `* WITH LLVM"),
        ("[licenses]\nreview = []\ndeny = ['MPL-*']", None),
        ("[licenses]\ndeny = ['LGPL-*']", None),
        ("[audit.products]\nx = ['PyPI/requests']", "`audit.products` adds `x = PyPI/requests`"),
        ("[audit.products]\nx = ['none']", "`audit.products` adds `x = none`"),
        ("[licenses.packages]\nlibffi = {license = 'MIT', reason = 'r'}", None),
        ("[licenses.packages]\nlibffi = {license = 'ISC', reason = 'r'}", "adds `libffi = ISC`"),
        ("[freshness]\nmax-majors-behind = 3", "3 major versions instead of 2"),
        ("[freshness]\nmax-majors-behind = 2\nmax-age-days = 1", None),
        ("[freshness]\nproject-index = 'https://pypi.org/simple'", None),
        ("[freshness]\nproject-index = 'https://a.org'", "`freshness.project-index` is `https://a.org` instead of `https://pypi.org/simple`"),
        ("[signatures.channels]\nbioconda = {mode = 'off'}", "`signatures.channels` is `off` instead of `warn` for `bioconda`"),
        ("[signatures.channels]\nbioconda = {mode = 'warn', issuer = 'https://j.org'}", None),
        ("[signatures.channels]\n'*' = {mode = 'warn'}", "takes anybody as `issuer` instead of `https://i.org` for `*`"),
        ("[signatures.channels]\nother = {mode = 'off'}", "`off` instead of `warn` for `other`"),
        (f"[signatures.channels]\n'https://conda.anaconda.org/conda-forge' = {SIGNED}", None),
        (f"[signatures.channels]\nconda-forge = {SIGNED}", "takes `https://b.org/*` as `publisher` instead of `https://a.org/*` for `conda-forge`"),
        (f"[signatures.channels]\nmore = {SIGNED.replace('//i.', '//j.')}", "takes `https://j.org` as `issuer`"),
        (f"[signatures.channels]\nmore = {SIGNED}", None),
        (f"signatures.trust-root = {{path = 'r.json', sha256 = '{'0' * 64}'}}", "is `r.json@sha256:000000000000` instead of `embedded`"),
        ("[licenses.packages]\nx = {license = 'ISC', reason = 'r', versions = '<2'}", "adds `x = ISC (<2)`"),
    ],
)  # fmt: skip
def test_a_shared_policy_may_only_be_tightened(text: str, words: str | None) -> None:
    shared = settings(SHARED, "shared.toml")
    resolved = resolve(settings(text), DEFAULTS, shared)
    messages = " ".join(violation.message for violation in resolved.weakened)
    if words is None:
        assert not messages
    else:
        assert words in messages
        assert resolved.weakened[0].place.path == "envtool.toml"
    base = resolve(shared, DEFAULTS).policy
    left = {each.field for each in weakenings(base, resolved.policy)} - {"waivers"}
    assert not left, "the stricter value stays in force"


# What a project writes -> an option or rule, and where its value stands then.
@pytest.mark.parametrize(
    ("text", "key", "places"),
    [
        ("[pins]\nproduction = 'build'", "production_pin", ["envtool.toml:2:1"]),
        ("[pins]\nproduction = 'minor'", "production_pin", ["shared.toml:5:1"]),
        ("[pins]\ndevelopment = 'none'", "development_pin", []),
        ("profile = 'recommended'", "profile", ["shared.toml:1:1"]),
        ("profile = 'strict'", "profile", ["envtool.toml:1:1"]),
        ("[rules]\n'channels.label' = 'error'", "rules.channels.label", ["envtool.toml:2:1"]),
        ("[rules]\n'channels.label' = 'info'", "rules.channels.label", ["shared.toml:3:1"]),
        ("[rules]\nchannels = 'info'", "rules.channels.label", ["shared.toml:3:1"]),
        ("[rules]\nchannels = 'info'", "rules.channels.http", []),
        ("[rules]\n'pins' = 'off'\n'pins.direct' = 'info'", "rules.pins.direct", []),
        ("[rules]\na.b = 'off'\nlock.md5-only = 'error'", "rules.lock.md5-only", ["envtool.toml:3:1"]),
        ("[rules.lock]\n\nmd5-only = 'error'", "rules.lock.md5-only", ["envtool.toml:3:1"]),
        ("[env]\ndev-tools = ['x']", "dev_tools", ["shared.toml:15:1", "envtool.toml:2:1"]),
        ("[env]\ndev-tools = []", "dev_tools", ["shared.toml:15:1"]),
        ("[env]\ndev-tools = ['z', 'x']", "dev_tools", ["envtool.toml:2:1"]),
        ("[env]\ndev-tools = ['z']", "dev_tools", ["envtool.toml:2:1"]),
        ("", "dev_tools", ["shared.toml:15:1"]),
    ],
)  # fmt: skip
def test_a_value_comes_from_where_it_was_set(text: str, key: str, places: list[str]) -> None:
    resolved = resolve(settings(text), DEFAULTS, settings(SHARED, "shared.toml"))
    assert [str(each) for each in resolved.places[key]] == places


def test_a_stricter_rule_counts_beside_a_weaker_one() -> None:
    own = settings("[rules]\n'channels.label' = 'info'\n'lock.md5-only' = 'error'")
    shared = settings("[rules]\n'channels.label' = 'error'\n'pins.direct' = 'error'", "s.toml")
    resolved = resolve(own, DEFAULTS, shared)
    assert [str(each.place) for each in resolved.weakened] == ["envtool.toml:2:1"]
    for rule in ("channels.label", "lock.md5-only", "pins.direct"):
        assert resolved.policy.severities[rule] is Severity.ERROR


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("[pins]\nproduction = 'none'", ["pins.production"]),
        ("[pins]\nproduction = 'none'\nlayers = {database = 'none'}", ["pins.layers.database", "pins.production"]),
        ("[pins]\nproduction = 'none'\nlayers = {development = 'none'}", ["pins.production"]),
        ("[pins]\nlayers = {application = 'none'}", ["pins.layers.application"]),
        ("[pins]\npackages = {'py*' = 'none'}", ['pins.packages."py*"']),
    ],
)  # fmt: skip
def test_a_weaker_pin_is_reported_once(text: str, keys: list[str]) -> None:
    shared = settings("[pins]\nproduction = 'full'", "shared.toml")
    messages = [each.message for each in resolve(settings(text), DEFAULTS, shared).weakened]
    expected = [f"weaker than `shared.toml`: `{key}` is `none` instead of `full`" for key in keys]
    assert sorted(messages) == sorted(expected)


def test_a_name_is_found_in_any_case() -> None:
    assert closest("PINS.Direct", ("pins.direct", "Pins")) == "did you mean `pins.direct`?"
    assert closest("pinss", ("Pins",)) == "did you mean `Pins`?"


def test_lists_of_demands_grow_on_top_of_a_shared_policy() -> None:
    own = settings(
        "waiving.never = ['pins']\n[[bans]]\npackage='a'\nreason='r'\n[constraints]\nzlib='>=1'\n"
    )
    resolved = resolve(own, DEFAULTS, settings(SHARED, "shared.toml")).policy
    assert resolved.never_waived == ("bans", "pins")
    assert [ban.package for ban in resolved.bans] == ["pycrypto", "a"]
    assert resolved.constraints == {"openssl": ">=3", "zlib": ">=1"}


def test_a_weakening_counts_both_ways() -> None:
    waiver = "[[waivers]]\nrule='pins'\nreason='r'\nowner='o'\nexpires=2027-01-01"
    ban = "waiving.never = ['bans']\n[[bans]]\npackage='a'\nversions='<2'\nreason='r'"
    old, new = policy(ban).policy, policy(waiver).policy
    assert [each.message for each in weakenings(old, new)] == [
        "`bans` drops the ban of `a <2`",
        "`waivers` adds the waiver of `pins`",
        "`waiving.never` drops `bans`",
    ]
    assert not weakenings(new, old) or all(each.field == "waivers" for each in weakenings(new, old))


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        ("deny=['A*', 'M']", "deny=['A*', 'M']", []),
        ("deny=['AGPL-3.0-only']", "deny=['*GPL*']", []),
        ("deny=['*GPL*']", "deny=['AGPL-3.0-only']", ["deny` drops `*GPL*`"]),
        ("deny=['GPL-?.0*']", "deny=['GPL-3.0*']", ["deny` drops `GPL-?.0*`"]),
        ("deny=['GPL-3.0*']", "deny=['GPL-?.0*']", ["deny` drops `GPL-3.0*`"]),
        ("deny=['MIT']", "review=['MIT']", ["deny` drops `MIT`" ]),
        ("review=['MIT']", "deny=['MIT']", []),
        ("review=['MIT']", "review=['ISC']", ["review` drops `MIT`"]),
        ("allow=['MIT', 'ISC']", "allow=['MIT']\nreview=['ISC']", []),
        ("allow=[]", "allow=['MIT']", []),
        ("allow=[]", "allow=['* WITH *']", []),
        ("deny=['GPL*']", "deny=['GPL*']\nallow=['MIT']", []),
        ("deny=['GPL*']", "deny=['GPL*']\nallow=['* WITH *']", ["allow` adds `* WITH *`"]),
        ("deny=['* WITH *']", "deny=['*']", ["deny` drops `* WITH *`"]),
        ("review=['* WITH *']", "review=['* WITH *', 'MIT WITH *']\ndeny=['*']", []),
    ],
)  # fmt: skip
def test_weaker_lists_of_licences(old: str, new: str, messages: list[str]) -> None:
    before, after = (
        policy(f"[licenses]\n{each}".replace("'M'", "'MIT'")).policy for each in (old, new)
    )
    assert [each.message for each in weakenings(before, after)] == [
        f"`licenses.{each}" for each in messages
    ]


SCHEMA = policy_schema({rule.id: rule.title for rule in RULES})


def test_the_schema_is_a_schema_and_accepts_everything() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    document = tomllib.loads(EVERYTHING.replace("2027-01-31", "'2027-01-31'"))
    Draft202012Validator(SCHEMA).validate(document)


def test_asking_for_signatures_where_nobody_did_is_no_weakening() -> None:
    asks = policy("[signatures.channels]\nx = { mode = 'warn' }").policy
    assert weakenings(policy().policy, asks) == ()
    assert [each.field for each in weakenings(asks, policy().policy)] == ["signatures"]


@pytest.mark.parametrize("text", [text for text, _, _ in WRONG if ">>" not in text])
def test_the_schema_refuses_what_we_refuse(text: str) -> None:
    document = tomllib.loads(text.replace("=2027-01-01", "='2027-01-01'"))
    validator = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert not validator.is_valid(document)
