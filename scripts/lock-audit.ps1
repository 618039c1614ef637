<#
.SYNOPSIS
Locks the immutability policy of the audit container.
.DESCRIPTION
This cannot be undone: from then on nobody, Microsoft included, can delete audit blobs before their time, and the storage
account stays as long as they do. Safe to run again.

Entra: none. Azure: Contributor on the storage account.
#>
[CmdletBinding()]
param([Parameter(Mandatory)] [string] $Account, [switch] $Yes)
$ErrorActionPreference = 'Stop'

function Invoke-Az {
  $answer = & az @args
  if ($LASTEXITCODE -ne 0) { throw "az $($args[0..2] -join ' ') failed." }
  $answer
}

$policy = Invoke-Az storage container immutability-policy show --account-name $Account --container-name audit -o json | ConvertFrom-Json
if ($policy.state -eq 'Locked') {
  Write-Output 'It is locked already: nothing to do.'
  return
}
if (-not $Yes) { throw 'Locking cannot be undone: say -Yes.' }
Invoke-Az storage container immutability-policy lock --account-name $Account --container-name audit --if-match $policy.etag -o none
Write-Output 'The audit container is locked.'
