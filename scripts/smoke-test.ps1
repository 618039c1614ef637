<#
.SYNOPSIS
Asks a deployed app until it answers.
.DESCRIPTION
Its health must be 200 and its API must refuse a caller without a token. With a token of a Relay.Reader in RELAY_TOKEN it
also asks whether the app is ready.

Entra: none.
#>
[CmdletBinding()]
param([Parameter(Mandatory)] [string] $Url, [int] $Seconds = 180)
$ErrorActionPreference = 'Stop'

function Get-Status([string] $Path, [hashtable] $Headers = @{}) {
  try { [int](Invoke-WebRequest "$Url$Path" -Headers $Headers -TimeoutSec 60 -SkipHttpErrorCheck).StatusCode }
  catch { 0 }
}

$until = [datetimeoffset]::UtcNow.AddSeconds($Seconds)
while ((Get-Status '/api/health') -ne 200) {
  if ([datetimeoffset]::UtcNow -ge $until) { throw "$Url/api/health did not answer 200 within $Seconds s." }
  Start-Sleep 3
}
Write-Output 'health: 200'

$open = Get-Status '/api/tenants'
if ($open -ne 401) { throw "/api/tenants answered $open without a token; 401 is right." }
Write-Output 'without a token: 401'

if ($env:RELAY_TOKEN) {
  $ready = Get-Status '/api/health/ready' @{ Authorization = "Bearer $env:RELAY_TOKEN" }
  if ($ready -ne 200) { throw "/api/health/ready answered $ready." }
  Write-Output 'ready: 200'
}
