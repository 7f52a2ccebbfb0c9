#!/bin/sh
# Instructions per event of the hold model, counted by callgrind: a number that no other process disturbs.
#   queue_instructions.sh QUEUE=PROGRAM…
set -eu
events=200000
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for pair in "$@"; do
    for delays in uniform bimodal; do
        valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect='hold_events*' \
            "${pair#*=}" "$delays" 1000 $events >"$log" 2>&1
        collected=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$log")
        [ "${collected:-0}" -gt 0 ]
        printf '{"name": "queue_instructions", "parameters": {"queue": "%s", "delays": "%s", "pending": 1000}, ' \
            "${pair%%=*}" "$delays"
        printf '"value": %d, "unit": "instructions/event"}\n' $((collected / events))
    done
done
