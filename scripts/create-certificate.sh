#!/usr/bin/env bash
# create-certificate.sh --app CLIENT_ID --vault NAME [--name relay-app-cert] [--rotate]
#
# Makes a certificate inside the vault, with a key that cannot be exported, and adds its public half to the registration.
# Run again it makes no second one and adds nothing twice; --rotate makes a new version and adds it beside the old one.
#
# Entra: owner of the registration, or Application Administrator. Azure: Key Vault Certificates Officer on the vault.
set -euo pipefail

name=relay-app-cert app='' vault='' rotate=''
while [ $# -gt 0 ]; do
  case "$1" in
    --app) app=${2:?--app needs a client id}; shift 2 ;;
    --vault) vault=${2:?--vault needs a name}; shift 2 ;;
    --name) name=${2:?--name needs a name}; shift 2 ;;
    --rotate) rotate=yes; shift ;;
    --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "$1 is not an option; see --help" >&2; exit 2 ;;
  esac
done
if [ -z "$app" ] || [ -z "$vault" ]; then echo '--app and --vault are needed; see --help' >&2; exit 2; fi

thumbprint() { az keyvault certificate list --vault-name "$vault" --query "[?name=='$name'].x509ThumbprintHex | [0]" -o tsv; }

if [ -n "$rotate" ] || [ -z "$(thumbprint)" ]; then
  policy='{
    "issuerParameters": { "name": "Self" },
    "keyProperties": { "exportable": false, "keyType": "RSA", "keySize": 3072, "reuseKey": false },
    "secretProperties": { "contentType": "application/x-pkcs12" },
    "x509CertificateProperties": { "subject": "CN=xdr-relay", "keyUsage": ["digitalSignature"], "validityInMonths": 12 },
    "lifetimeActions": [{ "action": { "actionType": "EmailContacts" }, "trigger": { "daysBeforeExpiry": 30 } }]
  }'
  az keyvault certificate create --vault-name "$vault" --name "$name" --policy "$policy" -o none
  echo "$name is in $vault."
fi

thumb=$(thumbprint)
known=$(az ad app credential list --id "$app" --cert --query "[?customKeyIdentifier=='$thumb'] | length(@)" -o tsv)
if [ "$known" != 0 ]; then
  echo 'The registration has it already: nothing to do.'
  exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
az keyvault certificate download --vault-name "$vault" --name "$name" --file "$folder/public.pem" --encoding PEM
az ad app credential reset --id "$app" --append --cert "@$folder/public.pem" --display-name "$name" --only-show-errors -o none
echo 'The registration has its public half.'
