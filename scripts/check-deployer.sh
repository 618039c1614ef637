#!/usr/bin/env bash
# check-deployer.sh
#
# Says before a deployment whether the signed-in person may do it: role assignments in the subscription, and app
# registrations in the home tenant (unless RELAY_CREATE_APP_REGISTRATION=false). Changes nothing. azd runs it first.
#
# Entra: none; reads your own roles.
set -euo pipefail

case "${1:-}" in
  '') ;;
  --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) echo "$1 is not an option; see --help" >&2; exit 2 ;;
esac
if ! az account show -o none 2>/dev/null; then echo 'Sign in first: az login' >&2; exit 1; fi
if [ "$(az account show --query user.type -o tsv)" != user ]; then
  echo 'A service principal deploys: its rights are not checked here.'
  exit 0
fi

missing=0
me=$(az ad signed-in-user show --query id -o tsv)
subscription=${AZURE_SUBSCRIPTION_ID:-$(az account show --query id -o tsv)}
held=$(az role assignment list --assignee "$me" --include-groups --include-inherited --scope "/subscriptions/$subscription" \
  --query '[].roleDefinitionName' -o tsv)
has() { grep -Fxq "$1" <<<"$held"; }
if ! has Owner && ! { has Contributor && { has 'User Access Administrator' || has 'Role Based Access Control Administrator'; }; }; then
  echo "Missing in the subscription: Owner (or Contributor with Role Based Access Control Administrator)." >&2
  missing=1
fi

if [ "${RELAY_CREATE_APP_REGISTRATION:-true}" = true ]; then
  graph=$(az cloud show --query endpoints.microsoftGraphResourceId -o tsv)
  held=$(az rest --method get --url "${graph%/}/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole?\$select=displayName" \
    --query 'value[].displayName' -o tsv)
  if ! has 'Application Administrator' && ! has 'Cloud Application Administrator' && ! has 'Global Administrator' && ! has 'Application Developer'; then
    echo 'Missing in Entra: Application Administrator. Or let someone who has it run scripts/register-apps, and set RELAY_CREATE_APP_REGISTRATION=false.' >&2
    missing=1
  fi
fi
if [ "$missing" = 0 ]; then echo 'You may deploy this.'; fi
exit "$missing"
