#!/usr/bin/env bash
# smoke-test.sh --url https://HOST [--seconds 180]
#
# Asks a deployed app until it answers: its health must be 200 and its API must refuse a caller without a token. With a
# token of a Relay.Reader in RELAY_TOKEN it also asks whether the app is ready. Exit 0 when all is well.
#
# Entra: none.
set -euo pipefail

url='' seconds=180
while [ $# -gt 0 ]; do
  case "$1" in
    --url) url=${2:?--url needs an address}; shift 2 ;;
    --seconds) seconds=${2:?--seconds needs a number}; shift 2 ;;
    --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "$1 is not an option; see --help" >&2; exit 2 ;;
  esac
done
if [ -z "$url" ]; then echo '--url is needed; see --help' >&2; exit 2; fi

status() { curl -s -o /dev/null -w '%{http_code}' --max-time 30 "$@" || true; }
until_second=$((SECONDS + seconds))
until [ "$(status "$url/api/health")" = 200 ]; do
  if [ "$SECONDS" -ge "$until_second" ]; then echo "$url/api/health did not answer 200 within $seconds s." >&2; exit 1; fi
  sleep 3
done
echo 'health: 200'

open=$(status "$url/api/tenants")
if [ "$open" != 401 ]; then echo "/api/tenants answered $open without a token; 401 is right." >&2; exit 1; fi
echo 'without a token: 401'

if [ -n "${RELAY_TOKEN:-}" ]; then
  # A token on the command line would be seen by every process.
  ready=$(curl -s -o /dev/null -w '%{http_code}' --max-time 60 -H @- "$url/api/health/ready" <<<"Authorization: Bearer $RELAY_TOKEN" || true)
  if [ "$ready" != 200 ]; then echo "/api/health/ready answered $ready." >&2; exit 1; fi
  echo 'ready: 200'
fi
