<#
.SYNOPSIS
Publishes the folder that npm run package made.
.DESCRIPTION
Safe to run again. Where func is at hand, the same is: cd DIR; func azure functionapp publish NAME

Entra: none. Azure: Website Contributor on the function app.
#>
[CmdletBinding()]
param(
  [Parameter(Mandatory)] [string] $Group,
  [Parameter(Mandatory)] [string] $App,
  [Parameter(Mandatory)] [string] $Package
)
$ErrorActionPreference = 'Stop'

if (-not (Test-Path (Join-Path $Package 'host.json'))) { throw "$Package holds no host.json: npm run package -- --out $Package" }
$zip = Join-Path ([IO.Path]::GetTempPath()) "$([guid]::NewGuid()).zip"
try {
  Compress-Archive -Path (Join-Path $Package '*') -DestinationPath $zip
  & az functionapp deployment source config-zip --resource-group $Group --name $App --src $zip -o none
  if ($LASTEXITCODE -ne 0) { throw 'Publishing failed.' }
}
finally {
  Remove-Item $zip -Force -ErrorAction SilentlyContinue
}
Write-Output "$App has the package."
