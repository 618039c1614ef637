#!/usr/bin/env bash
# lock-audit.sh --account NAME --yes
#
# Locks the immutability policy of the audit container. This cannot be undone: from then on nobody, Microsoft included,
# can delete audit blobs before their time, and the storage account stays as long as they do. Safe to run again.
#
# Entra: none. Azure: Contributor on the storage account.
set -euo pipefail

account='' yes=''
while [ $# -gt 0 ]; do
  case "$1" in
    --account) account=${2:?--account needs a name}; shift 2 ;;
    --yes) yes=yes; shift ;;
    --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "$1 is not an option; see --help" >&2; exit 2 ;;
  esac
done
if [ -z "$account" ]; then echo '--account is needed; see --help' >&2; exit 2; fi

policy() { az storage container immutability-policy show --account-name "$account" --container-name audit --query "$1" -o tsv; }
if [ "$(policy state)" = Locked ]; then
  echo 'It is locked already: nothing to do.'
  exit 0
fi
if [ -z "$yes" ]; then echo 'Locking cannot be undone: say --yes.' >&2; exit 2; fi
az storage container immutability-policy lock --account-name "$account" --container-name audit --if-match "$(policy etag)" -o none
echo 'The audit container is locked.'
