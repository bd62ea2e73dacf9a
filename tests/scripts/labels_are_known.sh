#!/bin/sh
# labels_are_known.sh CMAKE LABELS - a test's label that nobody knows is refused, and those
# that labels.cmake lists are not.
set -eu
cmake=$1
labels=$2
failed=0

for label in threads slow tools daemon browser packages; do
    "$cmake" -DLABEL=$label -P "$labels" || failed=1
done
if said=$("$cmake" -DLABEL=thread -P "$labels" 2>&1); then
    echo "the label 'thread' is taken"
    failed=1
fi
echo "$said" | grep -q "has the label 'thread'" || {
    echo "it does not say which label: $said"
    failed=1
}
exit $failed
