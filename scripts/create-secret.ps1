<#
.SYNOPSIS
Gives a registration a client secret and puts it straight into the vault.
.DESCRIPTION
The secret is never shown and is on no command line. Run again it does nothing while the stored secret is good for 30
more days. -Rotate makes a new one all the same; the old one stays valid until -RemoveOld, which deletes all secrets of
this name on the registration but the newest.

Entra: owner of the registration, or Application Administrator. Azure: Key Vault Secrets Officer on the vault.
#>
[CmdletBinding()]
param(
  [Parameter(Mandatory)] [string] $App,
  [Parameter(Mandatory)] [string] $Vault,
  [string] $Name = 'relay-app-secret',
  [int] $Days = 180,
  [switch] $Rotate,
  [switch] $RemoveOld
)
$ErrorActionPreference = 'Stop'

function Invoke-Az {
  $answer = & az @args
  if ($LASTEXITCODE -ne 0) { throw "az $($args[0..2] -join ' ') failed." }
  $answer
}

if ($RemoveOld) {
  # Entra lists credentials in no promised order: sort by start, keep the last.
  Invoke-Az ad app credential list --id $App --query "sort_by([?displayName=='$Name'], &startDateTime)[:-1].keyId" -o tsv |
    Where-Object { $_ } |
    ForEach-Object {
      Invoke-Az ad app credential delete --id $App --key-id $_ -o none
      Write-Output "Removed an old secret ($_)."
    }
  return
}

$ends = Invoke-Az keyvault secret list --vault-name $Vault --query "[?name=='$Name'].attributes.expires | [0]" -o tsv
if (-not $Rotate -and $ends -and [datetimeoffset]::Parse($ends) -gt [datetimeoffset]::UtcNow.AddDays(30)) {
  Write-Output "$Name in $Vault is good until ${ends}: nothing to do."
  return
}

$end = [datetimeoffset]::UtcNow.AddDays($Days).ToString('yyyy-MM-ddTHH:mm:ssZ')
$secret = Invoke-Az ad app credential reset --id $App --append --display-name $Name --end-date $end --only-show-errors --query password -o tsv
if (-not $secret) { throw 'Entra gave no secret.' }
$file = New-TemporaryFile
try {
  # az reads a value from its command line or from a file; the command line is seen by every process.
  [IO.File]::WriteAllText($file.FullName, $secret)
  Invoke-Az keyvault secret set --vault-name $Vault --name $Name --file $file.FullName --encoding utf-8 --expires $end -o none
}
finally {
  Remove-Item $file.FullName -Force
  Remove-Variable secret
}
Write-Output "$Name is in $Vault, good until $end. The app reads it within minutes; no restart."
if ($ends) { Write-Output 'The one before it is still valid: remove it with -RemoveOld once the app is healthy.' }
