<#
.SYNOPSIS
Says before a deployment whether the signed-in person may do it.
.DESCRIPTION
Role assignments in the subscription, and app registrations in the home tenant (unless
RELAY_CREATE_APP_REGISTRATION=false). Changes nothing. azd runs it first.

Entra: none; reads your own roles.
#>
[CmdletBinding()]
param()
$ErrorActionPreference = 'Stop'

function Invoke-Az {
  $answer = & az @args
  if ($LASTEXITCODE -ne 0) { throw "az $($args[0..2] -join ' ') failed." }
  $answer
}

if ((Invoke-Az account show --query user.type -o tsv) -ne 'user') {
  Write-Output 'A service principal deploys: its rights are not checked here.'
  return
}

$missing = @()
$me = Invoke-Az ad signed-in-user show --query id -o tsv
$subscription = if ($env:AZURE_SUBSCRIPTION_ID) { $env:AZURE_SUBSCRIPTION_ID } else { Invoke-Az account show --query id -o tsv }
$held = @(Invoke-Az role assignment list --assignee $me --include-groups --include-inherited --scope "/subscriptions/$subscription" --query '[].roleDefinitionName' -o tsv)
$mayAssign = $held -contains 'User Access Administrator' -or $held -contains 'Role Based Access Control Administrator'
if ($held -notcontains 'Owner' -and -not ($held -contains 'Contributor' -and $mayAssign)) {
  $missing += 'Missing in the subscription: Owner (or Contributor with Role Based Access Control Administrator).'
}

if ($env:RELAY_CREATE_APP_REGISTRATION -ne 'false') {
  $graph = (Invoke-Az cloud show --query endpoints.microsoftGraphResourceId -o tsv).TrimEnd('/')
  $held = @(Invoke-Az rest --method get --url "$graph/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole?`$select=displayName" --query 'value[].displayName' -o tsv)
  $enough = 'Application Administrator', 'Cloud Application Administrator', 'Global Administrator', 'Application Developer'
  if (-not ($held | Where-Object { $enough -contains $_ })) {
    $missing += 'Missing in Entra: Application Administrator. Or let someone who has it run scripts/register-apps, and set RELAY_CREATE_APP_REGISTRATION=false.'
  }
}
if ($missing) { throw ($missing -join "`n") }
Write-Output 'You may deploy this.'
