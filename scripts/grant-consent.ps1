<#
.SYNOPSIS
Grants in the home tenant all permissions the registration asks for, and shows them.
.DESCRIPTION
Safe to run again. Other tenants consent themselves, by a link:
https://login.microsoftonline.com/<tenant>/adminconsent?client_id=<app>

Entra: Privileged Role Administrator (application permissions of Microsoft Graph).
#>
[CmdletBinding()]
param([Parameter(Mandatory)] [string] $App)
$ErrorActionPreference = 'Stop'

function Invoke-Az {
  $answer = & az @args
  if ($LASTEXITCODE -ne 0) { throw "az $($args[0..2] -join ' ') failed." }
  $answer
}

if (-not (Invoke-Az ad sp list --filter "appId eq '$App'" --query '[0].id' -o tsv)) {
  Invoke-Az ad sp create --id $App -o none
}
Invoke-Az ad app permission admin-consent --id $App
Invoke-Az ad app permission list --id $App --query '[].{api: resourceAppId, permissions: length(resourceAccess)}' -o table
