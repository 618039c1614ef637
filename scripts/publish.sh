#!/usr/bin/env bash
# publish.sh --group GROUP --app NAME --package DIR
#
# Publishes the folder that npm run package made. Safe to run again. Where func is at hand, the same is:
# cd DIR && func azure functionapp publish NAME
#
# Entra: none. Azure: Website Contributor on the function app.
set -euo pipefail

group='' app='' package=''
while [ $# -gt 0 ]; do
  case "$1" in
    --group) group=${2:?--group needs a name}; shift 2 ;;
    --app) app=${2:?--app needs a name}; shift 2 ;;
    --package) package=${2:?--package needs a folder}; shift 2 ;;
    --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "$1 is not an option; see --help" >&2; exit 2 ;;
  esac
done
if [ -z "$group" ] || [ -z "$app" ] || [ -z "$package" ]; then echo '--group, --app and --package are needed; see --help' >&2; exit 2; fi
if [ ! -f "$package/host.json" ]; then echo "$package holds no host.json: npm run package -- --out $package" >&2; exit 1; fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$package" && zip -q -r "$scratch/package.zip" .)
az functionapp deployment source config-zip --resource-group "$group" --name "$app" --src "$scratch/package.zip" -o none
echo "$app has the package."
