#!/bin/sh
# A small, careful client of the queue for the shell: POSIX sh, curl and awk.
#
#   client.sh SLUG '{"image": "https://…"}'
#
# It submits, polls until the job has ended, and saves the pictures in $SEGMIND_OUT, whose paths it prints.
# SEGMIND_BASE_URL (ends in /v1) and SEGMIND_API_KEY say where and who; SEGMIND_INTERVAL (seconds, 1) is how often it
# asks, SEGMIND_DEADLINE (seconds) when it gives up. What goes wrong is told on stderr, with exit code 1.
set -eu

ATTEMPTS=5
base=${SEGMIND_BASE_URL:?is not set} key=${SEGMIND_API_KEY:?is not set} out=${SEGMIND_OUT:-.}
interval=${SEGMIND_INTERVAL:-1} slug=${1:?is to be the slug of a model} body=${2:-"{}"}
root=${base%/} root=${root%/v1}
until=$(awk -v now="$(date +%s)" -v left="${SEGMIND_DEADLINE:-600}" 'BEGIN { print int(now + left) }')

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

give_up() {
  echo "$1" >&2
  exit 1
}

# One exchange: its status in $code, its body in $scratch/body, how curl fared in $broken. The key is given on stdin,
# where nobody who lists processes sees it.
fetch() {
  broken=0
  code=$(curl -q -s -K - -m 30 -o "$scratch/body" -w '%{http_code}' "$@") || broken=$?
  if [ "$broken" != 0 ]; then code=000; fi
}
signed() { printf 'header = "x-api-key: %s"\n' "$key" | { fetch "$@"; echo "$code $broken" > "$scratch/end"; }; }
# A file, without the key: whoever has the URL has it. It may be cut off under a true Content-Length, so $1 is its size.
file() {
  fetch "$2" < /dev/null
  if [ "$code" = 200 ] && [ -n "$1" ] && [ "$(wc -c < "$scratch/body")" -ne "$1" ]; then code=000 broken=18; fi
  echo "$code $broken" > "$scratch/end"
}

# The same, and again later after a 429, a 502 or, for what may be repeated, a connection that broke.
again() {
  repeatable=$1 attempt=1 pause=$interval
  shift
  while :; do
    rm -f "$scratch/body"
    "$@"
    read -r code broken < "$scratch/end"
    case $code in
      429 | 502) ;;
      000)
        if [ "$repeatable" = no ] && [ "$broken" != 7 ]; then  # 7: there was nobody to connect to
          give_up "the submit broke off, and may have been accepted (curl: $broken)"
        fi
        ;;
      *) return 0 ;;
    esac
    if [ "$attempt" = "$ATTEMPTS" ]; then give_up "no use after $ATTEMPTS attempts: $(told)"; fi
    rest "$pause"
    attempt=$((attempt + 1)) pause=$(awk -v pause="$pause" 'BEGIN { print pause * 2 }')
  done
}

rest() {
  if [ "$(date +%s)" -ge "$until" ]; then give_up "the job did not end before the deadline"; fi
  sleep "$1"
}

# The texts that a JSON body has under a name, a line each.
texts() {
  tr -d '\n' < "$scratch/body" | grep -oE "\"$1\" *: *\"(\\\\.|[^\"\\\\])*\"" | sed -e 's/^"[^"]*" *: *"//' -e 's/"$//' \
    -e 's/\\\(.\)/\1/g' || :
}

told() {
  text=
  if [ -f "$scratch/body" ]; then
    text=$(texts error | head -n 1)
    if [ -z "$text" ]; then text=$(head -c 200 "$scratch/body"); fi
  fi
  case $code in 000) echo "no answer (curl: $broken)" ;; *) echo "$text ($code)" ;; esac
}

ask() {
  again "$@"
  case $code in
    406) give_up "no credits: $(told)" ;;
    404) give_up "gone: $(told)" ;;
  esac
  status=$(texts status | head -n 1)
  if [ "$status" = FAILED ]; then give_up "the job failed: $(told)"; fi
  case $code in 2??) ;; *) give_up "$(told)" ;; esac
}

save() {
  again yes file "$3" "$1"
  if [ "$code" != 200 ]; then give_up "the picture cannot be had: $code"; fi
  mkdir -p "$out"
  # Moved there whole, so that nobody finds half a picture.
  mv "$scratch/body" "$out/$2.part"
  mv "$out/$2.part" "$out/$2"
  echo "$out/$2"
}

# Every submit that is accepted is paid for: it is repeated only if the service said that it did not take it.
ask no signed -H 'content-type: application/json' --data-raw "$body" "$root/v2/$slug"
id=$(texts request_id | head -n 1)
case $id in '' | *[!0-9A-Za-z-]*) give_up "the submit was accepted, but without an id" ;; esac

ask yes signed "$root/v2/requests/$id/status"
while [ "$status" != COMPLETED ]; do
  rest "$interval"
  ask yes signed "$root/v2/requests/$id/status"
done

ask yes signed "$root/v2/requests/$id"
texts url > "$scratch/urls"
texts file_size | paste "$scratch/urls" - > "$scratch/files"
number=0
while read -r url size; do
  number=$((number + 1)) format=${url##*.}
  case $format in '' | *[!0-9a-z]*) format=picture ;; esac
  save "$url" "$id-$number.$format" "$size"
done < "$scratch/files"
