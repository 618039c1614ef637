#!/usr/bin/env bash
# assign-role.sh --api CLIENT_ID --to OBJECT_ID --role Relay.Reader|Relay.Analyst|Relay.Admin|Relay.Responder
#
# Gives a user, group or service principal of the home tenant a role in our API. Safe to run again.
# Your own object id: az ad signed-in-user show --query id -o tsv
#
# Entra: Application Administrator, or owner of the registration's service principal.
set -euo pipefail

api='' to='' role=''
while [ $# -gt 0 ]; do
  case "$1" in
    --api) api=${2:?--api needs a client id}; shift 2 ;;
    --to) to=${2:?--to needs an object id}; shift 2 ;;
    --role) role=${2:?--role needs a name}; shift 2 ;;
    --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "$1 is not an option; see --help" >&2; exit 2 ;;
  esac
done
if [ -z "$api" ] || [ -z "$to" ] || [ -z "$role" ]; then echo '--api, --to and --role are needed; see --help' >&2; exit 2; fi

graph=$(az cloud show --query endpoints.microsoftGraphResourceId -o tsv)
graph=${graph%/}
principal=$(az ad sp list --filter "appId eq '$api'" --query '[0].id' -o tsv)
id=$(az ad sp show --id "$api" --query "appRoles[?value=='$role'].id | [0]" -o tsv)
if [ -z "$id" ]; then echo "The registration has no role $role." >&2; exit 1; fi

assigned=$(az rest --method get --url "$graph/v1.0/servicePrincipals/$principal/appRoleAssignedTo" \
  --query "value[?principalId=='$to' && appRoleId=='$id'] | length(@)" -o tsv)
if [ "$assigned" != 0 ]; then
  echo "$role is assigned already: nothing to do."
  exit 0
fi
az rest --method post --url "$graph/v1.0/servicePrincipals/$principal/appRoleAssignedTo" -o none \
  --body "{\"principalId\":\"$to\",\"resourceId\":\"$principal\",\"appRoleId\":\"$id\"}"
echo "$role is assigned."
