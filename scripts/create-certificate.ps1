<#
.SYNOPSIS
Makes a certificate inside the vault and adds its public half to the registration.
.DESCRIPTION
Its key cannot be exported. Run again it makes no second one and adds nothing twice; -Rotate makes a new version and adds
it beside the old one.

Entra: owner of the registration, or Application Administrator. Azure: Key Vault Certificates Officer on the vault.
#>
[CmdletBinding()]
param(
  [Parameter(Mandatory)] [string] $App,
  [Parameter(Mandatory)] [string] $Vault,
  [string] $Name = 'relay-app-cert',
  [switch] $Rotate
)
$ErrorActionPreference = 'Stop'

function Invoke-Az {
  $answer = & az @args
  if ($LASTEXITCODE -ne 0) { throw "az $($args[0..2] -join ' ') failed." }
  $answer
}

function Get-Thumbprint {
  Invoke-Az keyvault certificate list --vault-name $Vault --query "[?name=='$Name'].x509ThumbprintHex | [0]" -o tsv
}

$folder = New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) ([guid]::NewGuid()))
try {
  if ($Rotate -or -not (Get-Thumbprint)) {
    $policy = Join-Path $folder 'policy.json'
    @{
      issuerParameters          = @{ name = 'Self' }
      keyProperties             = @{ exportable = $false; keyType = 'RSA'; keySize = 3072; reuseKey = $false }
      secretProperties          = @{ contentType = 'application/x-pkcs12' }
      x509CertificateProperties = @{ subject = 'CN=xdr-relay'; keyUsage = @('digitalSignature'); validityInMonths = 12 }
      lifetimeActions           = @(@{ action = @{ actionType = 'EmailContacts' }; trigger = @{ daysBeforeExpiry = 30 } })
    } | ConvertTo-Json -Depth 5 | Set-Content $policy
    Invoke-Az keyvault certificate create --vault-name $Vault --name $Name --policy "@$policy" -o none
    Write-Output "$Name is in $Vault."
  }
  $thumb = Get-Thumbprint
  $known = Invoke-Az ad app credential list --id $App --cert --query "[?customKeyIdentifier=='$thumb'] | length(@)" -o tsv
  if ($known -ne '0') {
    Write-Output 'The registration has it already: nothing to do.'
    return
  }
  $public = Join-Path $folder 'public.pem'
  Invoke-Az keyvault certificate download --vault-name $Vault --name $Name --file $public --encoding PEM
  Invoke-Az ad app credential reset --id $App --append --cert "@$public" --display-name $Name --only-show-errors -o none
  Write-Output 'The registration has its public half.'
}
finally {
  Remove-Item $folder -Recurse -Force
}
