<#
.SYNOPSIS
Gives a user, group or service principal of the home tenant a role in our API.
.DESCRIPTION
Safe to run again. Your own object id: az ad signed-in-user show --query id -o tsv

Entra: Application Administrator, or owner of the registration's service principal.
#>
[CmdletBinding()]
param(
  [Parameter(Mandatory)] [string] $Api,
  [Parameter(Mandatory)] [string] $To,
  [Parameter(Mandatory)] [ValidateSet('Relay.Reader', 'Relay.Analyst', 'Relay.Admin', 'Relay.Responder')] [string] $Role
)
$ErrorActionPreference = 'Stop'

function Invoke-Az {
  $answer = & az @args
  if ($LASTEXITCODE -ne 0) { throw "az $($args[0..2] -join ' ') failed." }
  $answer
}

$graph = (Invoke-Az cloud show --query endpoints.microsoftGraphResourceId -o tsv).TrimEnd('/')
$principal = Invoke-Az ad sp list --filter "appId eq '$Api'" --query '[0].id' -o tsv
$id = Invoke-Az ad sp show --id $Api --query "appRoles[?value=='$Role'].id | [0]" -o tsv
if (-not $id) { throw "The registration has no role $Role." }

$url = "$graph/v1.0/servicePrincipals/$principal/appRoleAssignedTo"
$assigned = Invoke-Az rest --method get --url $url --query "value[?principalId=='$To' && appRoleId=='$id'] | length(@)" -o tsv
if ($assigned -ne '0') {
  Write-Output "$Role is assigned already: nothing to do."
  return
}
$body = New-TemporaryFile
try {
  @{ principalId = $To; resourceId = $principal; appRoleId = $id } | ConvertTo-Json | Set-Content $body
  Invoke-Az rest --method post --url $url --body "@$($body.FullName)" -o none
}
finally {
  Remove-Item $body -Force
}
Write-Output "$Role is assigned."
