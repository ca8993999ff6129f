<#
Builds the environment of this project again, without envtool and without Python.

    recover.ps1 [current|previous] [-Environment NAME] [-Prefix PATH]

It needs conda (24.9 or later), mamba or micromamba (2.1 or later), and without a bundle a network.
Every artifact and every archive is hashed here before anything is installed.
Exit status: 0 done, 2 usage or files, 4 a tool is missing or failed, 5 network, 6 a wrong hash.
#>
param(
    [Parameter(Position = 0)] [ValidateSet('current', 'previous')] [string] $Which = 'current',
    [string] $Environment = 'production',
    [string] $Prefix = ''
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$here = Split-Path -Parent $MyInvocation.MyCommand.Path

function Stop-Recovery([int] $Status, [string] $Message) {
    [Console]::Error.WriteLine("error: $Message")
    exit $Status
}

function Get-Digest([string] $Path) {
    (Get-FileHash -LiteralPath $Path -Algorithm SHA256).Hash.ToLowerInvariant()
}

# --- what to build ------------------------------------------------------------------------------

$manifest = Join-Path $here 'manifest.json'
if (-not (Test-Path -LiteralPath $manifest)) { Stop-Recovery 2 "there is no '$manifest'" }
$promised = (Get-Content -LiteralPath $manifest -Raw | ConvertFrom-Json).files
$platform = if ($env:PROCESSOR_ARCHITECTURE -eq 'ARM64') { 'win-arm64' } else { 'win-64' }
$infix = switch ($Environment) { 'production' { '' } 'development' { '-dev' } default { "-$Environment" } }
$list = "conda$infix-$platform.lock"
if ($Which -eq 'previous') { $list = "previous/$list" }
$path = Join-Path $here $list
if (-not (Test-Path -LiteralPath $path)) { Stop-Recovery 2 "there is no '$path'" }
$expected = $promised.PSObject.Properties[$list]
if ($null -eq $expected) { Stop-Recovery 6 "'$list' is not in manifest.json: take both from the same commit" }
if ((Get-Digest $path) -ne $expected.Value) {
    Stop-Recovery 6 "'$list' was changed: restore it from git (git checkout -- recovery)"
}
if ($Prefix -eq '') {
    # A bundle stands for itself; otherwise this lies in the folder of the project.
    $Prefix = if (Test-Path -LiteralPath (Join-Path $here 'channel')) { Join-Path $here 'env' }
    else { Join-Path (Split-Path -Parent $here) ".envtool/envs/$Environment" }
}
$Prefix = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Prefix)

# --- who installs -------------------------------------------------------------------------------

function Test-Tool([string] $Tool) {
    $line = (& $Tool --version 2>$null | Select-Object -First 1)
    if ($line -notmatch '(\d+)\.(\d+)') { return $false }
    $version = [version] "$($Matches[1]).$($Matches[2])"
    $least = if ((Split-Path -Leaf $Tool) -like 'conda*') { [version] '24.9' } else { [version] '2.1' }
    return $version -ge $least
}

$tool = $null
$old = @()
foreach ($each in @((Join-Path $here 'micromamba.exe'), 'micromamba', 'mamba', 'conda', $env:MAMBA_EXE, $env:CONDA_EXE)) {
    if ($each -and (Get-Command $each -ErrorAction SilentlyContinue)) {
        if (Test-Tool $each) { $tool = $each; break }
        $old += $each
    }
}
if ($null -eq $tool -and $old) {
    Stop-Recovery 4 "too old to check SHA-256: $($old -join ', '); conda 24.9, mamba or micromamba 2.1 is needed"
}
if ($null -eq $tool) { Stop-Recovery 4 'there is no micromamba, mamba or conda here: install one, then run this again' }

# --- fetch, and hash every archive --------------------------------------------------------------

$work = "$Prefix.recovering"
$before = "$Prefix.before-recovery"
if (Test-Path -LiteralPath $work) { Remove-Item -LiteralPath $work -Recurse -Force }
New-Item -ItemType Directory -Path (Join-Path $work 'archives') -Force | Out-Null

function Get-Archive([string] $Address, [string] $Kind) {
    $url, $hash = $Address -split '#', 2
    if ($hash -notlike 'sha256:*') { Stop-Recovery 6 "'$url' has no SHA-256: make the lock again with envtool lock" }
    $hash = $hash.Substring(7)
    $name = [Uri]::UnescapeDataString(($url -split '/')[-1])
    $subdir = if ($Kind -eq 'pip') { 'wheels' } else { ($url -split '/')[-2] }
    $target = Join-Path $work "archives/$subdir/$name"
    New-Item -ItemType Directory -Path (Split-Path -Parent $target) -Force | Out-Null
    $bundled = if ($Kind -eq 'pip') { Join-Path $here "pypi/$name" } else { Join-Path $here "channel/$subdir/$name" }
    if (Test-Path -LiteralPath $bundled) {
        Copy-Item -LiteralPath $bundled -Destination $target
    }
    elseif ($url -like 'file://*') {
        Copy-Item -LiteralPath ([Uri] $url).LocalPath -Destination $target
    }
    else {
        try { Invoke-WebRequest -Uri $url -OutFile $target -UseBasicParsing }
        catch { Stop-Recovery 5 "'$url' can not be fetched" }
    }
    if ((Get-Digest $target) -ne $hash) { Stop-Recovery 6 "'$name' is not what was locked" }
    return $target
}

$status = 1
$moved = $false
try {
    $names = @()
    $wheels = @()
    $lines = @('@EXPLICIT')
    foreach ($line in Get-Content -LiteralPath $path) {
        if ($line -like '# pip *') {
            $wheels += Get-Archive ($line -split ' ')[-1] 'pip'
        }
        elseif ($line -ne '' -and $line -ne '@EXPLICIT' -and $line -notlike '#*') {
            $target = Get-Archive $line 'conda'
            $names += (Split-Path -Leaf $target) -replace '\.(conda|tar\.bz2)$', ''
            $lines += "$(([Uri] $target).AbsoluteUri)#$(($line -split '#')[1])"
        }
    }
    $explicit = Join-Path $work 'list.txt'
    [IO.File]::WriteAllLines($explicit, $lines)
    [Console]::Error.WriteLine("Hashed $($names.Count) packages of '$list'")

    # --- install --------------------------------------------------------------------------------

    if (Test-Path -LiteralPath $before) {
        if (Test-Path -LiteralPath $Prefix) { Remove-Item -LiteralPath $Prefix -Recurse -Force }
    }
    elseif (Test-Path -LiteralPath $Prefix) {
        Move-Item -LiteralPath $Prefix -Destination $before
    }
    $moved = $true
    $env:CONDA_PKGS_DIRS = Join-Path $work 'pkgs'
    & $tool create --yes --quiet --offline -p $Prefix --file $explicit
    if ($LASTEXITCODE -ne 0) { Stop-Recovery 4 "'$tool create' failed" }
    if ($wheels) {
        & (Join-Path $Prefix 'python.exe') -m pip install --quiet --no-deps --no-index --no-cache-dir @wheels
        if ($LASTEXITCODE -ne 0) { Stop-Recovery 4 "'pip install' failed" }
    }

    # --- verify ---------------------------------------------------------------------------------

    foreach ($name in $names) {
        if (-not (Test-Path -LiteralPath (Join-Path $Prefix "conda-meta/$name.json"))) {
            Stop-Recovery 4 "'$name' was not installed"
        }
    }
    if (Test-Path -LiteralPath $before) {
        $kept = "$Prefix.old-$(Get-Date -Format yyyyMMddHHmmss)"
        Move-Item -LiteralPath $before -Destination $kept
        [Console]::Error.WriteLine("What was there is kept in '$kept'; delete it when you do not need it")
    }
    $status = 0
    Write-Output "Recovered '$Prefix': $($names.Count) packages of $list, every archive hashed"
}
finally {
    if (Test-Path -LiteralPath $work) { Remove-Item -LiteralPath $work -Recurse -Force }
    if ($status -ne 0 -and $moved -and (Test-Path -LiteralPath $before)) {
        if (Test-Path -LiteralPath $Prefix) { Remove-Item -LiteralPath $Prefix -Recurse -Force }
        Move-Item -LiteralPath $before -Destination $Prefix
    }
}
exit $status
