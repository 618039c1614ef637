#!/usr/bin/env bash
# create-secret.sh --app CLIENT_ID --vault NAME [--name relay-app-secret] [--days 180] [--rotate] [--remove-old]
#
# Gives a registration a client secret and puts it straight into the vault: it is never shown, and is on no command line.
# Run again it does nothing while the stored secret is good for 30 more days. --rotate makes a new one all the same; the
# old one stays valid until --remove-old, which deletes all secrets of this name on the registration but the newest.
#
# Entra: owner of the registration, or Application Administrator. Azure: Key Vault Secrets Officer on the vault.
set -euo pipefail

name=relay-app-secret days=180 app='' vault='' rotate='' remove_old=''
while [ $# -gt 0 ]; do
  case "$1" in
    --app) app=${2:?--app needs a client id}; shift 2 ;;
    --vault) vault=${2:?--vault needs a name}; shift 2 ;;
    --name) name=${2:?--name needs a name}; shift 2 ;;
    --days) days=${2:?--days needs a number}; shift 2 ;;
    --rotate) rotate=yes; shift ;;
    --remove-old) remove_old=yes; shift ;;
    --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "$1 is not an option; see --help" >&2; exit 2 ;;
  esac
done
if [ -z "$app" ] || [ -z "$vault" ]; then echo '--app and --vault are needed; see --help' >&2; exit 2; fi

if [ -n "$remove_old" ]; then
  # Entra lists credentials in no promised order: sort by start, keep the last.
  az ad app credential list --id "$app" --query "sort_by([?displayName=='$name'], &startDateTime)[:-1].keyId" -o tsv |
    while read -r key; do
      az ad app credential delete --id "$app" --key-id "$key" -o none
      echo "Removed an old secret ($key)."
    done
  exit 0
fi

ends=$(az keyvault secret list --vault-name "$vault" --query "[?name=='$name'].attributes.expires | [0]" -o tsv)
soon=$(date -u -d '+30 days' +%Y-%m-%dT%H:%M:%S 2>/dev/null || date -u -v+30d +%Y-%m-%dT%H:%M:%S)
if [ -z "$rotate" ] && [ -n "$ends" ] && [[ "$ends" > "$soon" ]]; then
  echo "$name in $vault is good until $ends: nothing to do."
  exit 0
fi

end=$(date -u -d "+$days days" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -v+"$days"d +%Y-%m-%dT%H:%M:%SZ)
secret=$(az ad app credential reset --id "$app" --append --display-name "$name" --end-date "$end" --only-show-errors --query password -o tsv)
if [ -z "$secret" ]; then echo 'Entra gave no secret.' >&2; exit 1; fi
printf '%s' "$secret" |
  az keyvault secret set --vault-name "$vault" --name "$name" --file /dev/stdin --encoding utf-8 --expires "$end" -o none
unset secret
echo "$name is in $vault, good until $end. The app reads it within minutes; no restart."
if [ -n "$ends" ]; then echo 'The one before it is still valid: remove it with --remove-old once the app is healthy.'; fi
