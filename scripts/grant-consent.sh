#!/usr/bin/env bash
# grant-consent.sh --app CLIENT_ID
#
# Grants in the home tenant all permissions the registration asks for, and shows them. Safe to run again.
# Other tenants consent themselves, by a link: https://login.microsoftonline.com/<tenant>/adminconsent?client_id=<app>
#
# Entra: Privileged Role Administrator (application permissions of Microsoft Graph).
set -euo pipefail

app=''
while [ $# -gt 0 ]; do
  case "$1" in
    --app) app=${2:?--app needs a client id}; shift 2 ;;
    --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "$1 is not an option; see --help" >&2; exit 2 ;;
  esac
done
if [ -z "$app" ]; then echo '--app is needed; see --help' >&2; exit 2; fi

if [ -z "$(az ad sp list --filter "appId eq '$app'" --query '[0].id' -o tsv)" ]; then
  az ad sp create --id "$app" -o none
fi
az ad app permission admin-consent --id "$app"
az ad app permission list --id "$app" --query '[].{api: resourceAppId, permissions: length(resourceAccess)}' -o table
