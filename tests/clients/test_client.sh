#!/bin/sh
# The client for the shell against a mock: segmind-mock exec --timing instant -- sh test_client.sh
#
# Every test has a key of its own, and with it an account that no other test sees.
set -u

mock=${SEGMIND_MOCK_URL:?"run this through: segmind-mock exec -- sh test_client.sh"}
all=${SEGMIND_OUT:?}
client=$(dirname "$0")/client.sh
kitchen='{"image": "https://segmind.com/kitchen.jpg"}'
number=0 failures=0

# A new world: a key, and a folder for its pictures.
fresh() {
  test=$1 number=$((number + 1))
  SEGMIND_API_KEY=$(printf 'SG_5e11%012d' "$number") SEGMIND_OUT="$all/shell-$number" SEGMIND_INTERVAL=0.02
  export SEGMIND_API_KEY SEGMIND_OUT SEGMIND_INTERVAL
  mkdir "$SEGMIND_OUT"
}

fail() {
  echo "not ok: $test: $1" >&2
  failures=$((failures + 1))
}

# The client, run: its exit code in $code, what it said in $said and $complained.
run() {
  code=0
  said=$(sh "$client" "$@" 2> "$all/complained") || code=$?
  complained=$(cat "$all/complained")
}

control() { curl -q -sS -X "$1" "$mock/_mock/$2" -d "$3"; }
account() { control PUT "accounts/$SEGMIND_API_KEY" "$1" > "$all/told"; }
play() { control PUT "scenario?account=$SEGMIND_API_KEY" "$1" > "$all/told" && ! grep -q '"error"' "$all/told"; }
rules() { play "{\"scenario\": \"test\", \"rules\": [$1]}" || fail "the scenario cannot be used: $(cat "$all/told")"; }

expect_code() { [ "$code" = "$1" ] || fail "its exit code is $code, not $1; it said: $complained"; }
expect_said() { case $complained in *"$1"*) ;; *) fail "it said '$complained', not '$1'" ;; esac; }
expect_pictures() {
  count=$(find "$SEGMIND_OUT" -type f | wc -l)
  [ "$count" -eq "$1" ] || fail "there are $count files, not $1"
}
expect() {
  verdict=$(control POST "verify?account=$SEGMIND_API_KEY" "$1")
  case $verdict in *'"holds": true'* | *'"holds":true'*) ;; *) fail "$1 does not hold: $verdict" ;; esac
}

fresh "a picture is saved whole, and its path told"
run sam-img2img "$kitchen"
expect_code 0
[ "$(dd if="$said" bs=1 skip=1 count=3 2> /dev/null)" = PNG ] || fail "there is no PNG at '$said'"
expect_pictures 1
expect '{"operation": "submit", "count": 1}'

fresh "every picture of a call is saved"
run smart-banner-resizer '{"image_url": "https://segmind.com/a.jpg", "target_sizes": ["64x64", "96x64", "32x64"]}'
expect_code 0
expect_pictures 3
[ "$(echo "$said" | wc -l)" -eq 3 ] || fail "it told '$said'"

fresh "it polls with a pause until the job has ended"
rules '{"match": {"operation": "submit"}, "do": {"job": {"queue": 0.1, "run": 0.1}}}'
run sam-img2img "$kitchen"
expect_code 0
expect '{"operation": "status", "at_least": 2, "spacing": {"at_least": 0.018, "by": "real"}}'
expect '{"operation": "result", "count": 1, "state": "COMPLETED"}'

fresh "a job that failed is told with the service's text"
run sd1.5-img2img '{"image": "https://segmind.com/kitchen.jpg", "prompt": "mock:fail"}'
expect_code 1
expect_said "the job failed: Failed while returning the output (422)"
expect '{"operation": "submit", "count": 1}'
expect '{"operation": "result", "count": 0}'

fresh "without credits it says so, and does not ask again"
account '{"credits": 0}'
run sam-img2img "$kitchen"
expect_code 1
expect_said "no credits: Insufficient credits"
expect '{"operation": "submit", "count": 1, "status": 406}'

fresh "a record that has expired is gone"
play '{"scenario": "expired-early"}' || fail "the scenario cannot be used"
run sam-img2img "$kitchen"
expect_code 1
expect_said "gone: "
expect '{"operation": "submit", "count": 1}'

fresh "a submit that got a 502 is sent again, one that got a 200 is not"
play '{"scenario": "wobbly-gateway"}' || fail "the scenario cannot be used"
run sam-img2img "$kitchen"
expect_code 0
expect '{"operation": "submit", "count": 3}'
expect '{"operation": "submit", "count": 1, "status": 200}'

fresh "it does not try for ever"
rules '{"match": {"operation": "submit"}, "do": {"error": 502}}'
run sam-img2img "$kitchen"
expect_code 1
expect_said "no use after 5 attempts: "
expect '{"operation": "submit", "count": 5}'

fresh "after a 429 it asks again"
rules '{"match": {"operation": "submit"}, "when": {"first": 2}, "do": {"error": 429}}'
run sam-img2img "$kitchen"
expect_code 0
expect '{"operation": "submit", "count": 3}'
expect '{"operation": "submit", "count": 1, "status": 200}'

fresh "a result behind a bad gateway is asked for again, and not paid for again"
rules '{"match": {"operation": "result"}, "when": {"first": 3}, "do": {"error": 502}}'
run sam-img2img "$kitchen"
expect_code 0
expect '{"operation": "submit", "count": 1}'
expect '{"operation": "result", "count": 4}'

fresh "a poll that breaks off is repeated"
rules '{"match": {"operation": "status"}, "when": {"first": 2}, "do": {"reset": "before"}}'
run sam-img2img "$kitchen"
expect_code 0
expect '{"operation": "submit", "count": 1}'

fresh "a submit whose answer is lost is not sent again"
play '{"scenario": "lost-answer"}' || fail "the scenario cannot be used"
run sam-img2img "$kitchen"
expect_code 1
expect_said "may have been accepted"
expect '{"operation": "submit", "count": 1}'

fresh "a picture that was cut off is fetched again"
rules '{"match": {"operation": "file"}, "when": {"first": 2}, "do": {"cut": 0.5}}'
run sam-img2img "$kitchen"
expect_code 0
expect_pictures 1

fresh "a picture that was cut off, and does not say so, is fetched again"
play '{"scenario": "cut-file"}' || fail "the scenario cannot be used"
run sam-img2img "$kitchen"
expect_code 0
expect '{"operation": "file", "count": 2}'

fresh "a picture that never arrives whole is not saved"
rules '{"match": {"operation": "file"}, "do": {"truncate": 0.5}}'
run sam-img2img "$kitchen"
expect_code 1
expect_pictures 0

fresh "a job that does not end is given up at the deadline"
rules '{"match": {"operation": "submit"}, "do": {"job": {"stuck": "QUEUED"}}}'
SEGMIND_DEADLINE=1
export SEGMIND_DEADLINE
run sam-img2img "$kitchen"
unset SEGMIND_DEADLINE
expect_code 1
expect_said "did not end before the deadline"

fresh "a key that is refused is told"
account '{"status": "invalid"}'
run sam-img2img "$kitchen"
expect_code 1
expect_said "(401)"

echo "$number tests, $failures failures"
[ "$failures" -eq 0 ]
