#!/bin/sh
# performance_table.sh ROOT - the figures of a run come into the table of docs/performance.md, and
# nothing else of the page changes.
set -eu
root=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"

fail() { # SENTENCE
    echo "$1"
    exit 1
}

cat >figures.json <<'END'
{
  "date": "2026-01-02T03:04:05Z",
  "jangle": "0.1.0",
  "sqlite": "3.40.1",
  "build": "Release",
  "processor": "Some",
  "file_system": "ext4",
  "rows": [
    {"name": "one", "value": 35123.4, "unit": "commands/s", "baseline": 60000, "ratio": 0.5854, "target": 0.55, "ok": true, "bound": "at least", "what": "rate", "row": "one", "beside": "same-16", "noisy": false},
    {"name": "two", "value": 0.07612, "unit": "syncs", "baseline": null, "ratio": null, "target": 0.075, "ok": false, "bound": "at most", "what": "syncs an operation", "row": "one", "beside": "", "noisy": false},
    {"name": "three", "value": 25, "unit": "ms", "baseline": 10, "ratio": 2.5, "target": 2, "ok": null, "bound": "at most", "what": "tail", "or_below": 20, "row": "one", "beside": "x", "noisy": true},
    {"name": "four", "value": 7, "unit": "ms", "baseline": null, "ratio": null, "target": null, "ok": null, "bound": "at least", "what": "tail", "row": "one", "beside": "", "noisy": false}
  ],
  "measured": [
  ]
}
END
cat >wanted <<'END'
before

<!-- figures: begin -->

jangle 0.1.0 (Release), SQLite 3.40.1; Some, ext4; 2026-01-02

| row | what | jangle | baseline | unit | ratio | target | |
|---|---|---|---|---|---|---|---|
| one | rate, beside `same-16` | 35123 | 60000 | commands/s | 0.585 | at least 0.55 | reached |
| two | syncs an operation | 0.0761 |  | syncs |  | at most 0.075 | **missed** |
| three | tail, beside `x` | 25 | 10 | ms | 2.5 | at most 2 or below 20 | noisy |
| four | tail | 7 |  | ms |  |  |  |

<!-- figures: end -->

after
END
printf 'before\n\n<!-- figures: begin -->\nold\n<!-- figures: end -->\n\nafter\n' >page.md

# A second time it writes the same.
for turn in 1 2; do
    "$root/scripts/performance-table" "$place/figures.json" "$place/page.md"
    diff wanted page.md || fail "turn $turn writes another page"
done

# What rows came to beside a peer has a place of its own; other rows are not in it.
cat >peers.json <<'END'
{
  "date": "2026-01-02T03:04:05Z",
  "jangle": "0.1.0",
  "sqlite": "3.40.1",
  "build": "Release",
  "processor": "Some",
  "file_system": "ext4",
  "rows": [
    {"name": "one", "value": 30000, "unit": "events/s", "baseline": 60000, "ratio": 0.5, "target": 0.75, "ok": false, "bound": "at least", "what": "rate", "row": "one", "beside": "same", "noisy": false},
    {"name": "one-other", "value": 30000, "unit": "events/s", "baseline": 10000, "ratio": 3.001, "target": null, "ok": null, "bound": "at least", "what": "rate", "row": "one", "beside": "other-1", "noisy": true, "peer": "Other"}
  ],
  "peers": [
    {"peer": "Other", "version": "7.1", "settings": "sync=yes, save=''", "durability": "it syncs, then answers"}
  ],
  "measured": [
    {"row": "one", "group": "commands", "unit": "events/s",
     "here": {
      "syncs": {"values": [0.07], "median": 0.07, "min": 0.07, "max": 0.07},
      "processor_us": {"values": [20, 22], "median": 21, "min": 20, "max": 22},
      "counts": {"instructions": null, "system_calls": null, "syncs": null}}},
    {"row": "other-1", "group": "peers", "unit": "events/s",
     "here": {
      "syncs": {"values": [1], "median": 1, "min": 1, "max": 1},
      "processor_us": {"values": [60.5], "median": 60.5, "min": 60.5, "max": 60.5}}}
  ]
}
END
cat >wanted_peers <<'END'
<!-- figures: begin -->
kept
<!-- figures: end -->
<!-- peers: begin -->

jangle 0.1.0 (Release), SQLite 3.40.1; Some, ext4; 2026-01-02

| jangle | peer | unit | jangle | peer | ratio | syncs | its syncs | us | its us | |
|---|---|---|---|---|---|---|---|---|---|---|
| one | other-1 | events/s | 30000 | 10000 | 3 | 0.07 | 1 | 21 | 60.5 | noisy |

- **Other 7.1**, with sync=yes, save=''; all else is its default. Durability: it syncs, then answers.

<!-- peers: end -->
END
printf '<!-- figures: begin -->\nkept\n<!-- figures: end -->\n<!-- peers: begin -->\n<!-- peers: end -->\n' >two.md
"$root/scripts/performance-table" "$place/peers.json" "$place/two.md" peers
diff wanted_peers two.md || fail "the table of peers is another"
! "$root/scripts/performance-table" "$place/figures.json" "$place/two.md" peers 2>out ||
    fail "a run without peers is taken for one"
diff wanted_peers two.md || fail "a run without peers changes the page"

# Without a place, or without rows, the page stays as it is.
echo 'no place' >bare.md
! "$root/scripts/performance-table" "$place/figures.json" "$place/bare.md" 2>out ||
    fail "a page without a place is taken"
grep -q 'has not one place' out || fail "it does not say what is wrong with the page"
[ "$(cat bare.md)" = 'no place' ] || fail "a page without a place is changed"
echo '{"rows": []}' >empty.json
! "$root/scripts/performance-table" "$place/empty.json" "$place/page.md" 2>out ||
    fail "a file without rows is taken"
grep -q 'has no rows' out || fail "it does not say what is wrong with the file"
diff wanted page.md || fail "a file without rows changes the page"

for name in figures peers; do
    grep -q "^<!-- $name: begin -->\$" "$root/docs/performance.md" ||
        fail "docs/performance.md has no place for the $name"
done
