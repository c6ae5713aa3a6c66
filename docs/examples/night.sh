#!/bin/sh
# One night: the report, then what changed since the night before. Ends with the exit code of the report.
cd /srv/attain || exit 1

attain run --quiet
code=$?

# The two newest runs; names end in the day, so that their order is that of the days. A night without a report leaves them as they were.
set -- $(ls out/report-*.run.json 2>/dev/null | tail -n 2)
if [ $# = 2 ] && [ "$code" != 1 ] && [ "$code" != 2 ]; then
    attain diff "$1" "$2" -o out/changes.txt
fi
exit "$code"
