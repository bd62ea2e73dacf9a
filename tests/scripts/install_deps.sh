#!/bin/sh
# install_deps.sh SOURCE - what scripts/install-deps does on a machine without anything,
# played with an apt-get that writes down what it is asked and brings it.
set -eu
source=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
bin=$place/bin
failed=0

# A machine with a shell, a user of that number, and no tools.
machine() { # USER
    rm -rf "$bin" "$place"/[!b]*
    mkdir "$bin"
    for tool in sh cat env mktemp rm tail grep touch chmod echo; do
        ln -s "$(command -v $tool)" "$bin/$tool"
    done
    printf '#!/bin/sh\necho %s\n' "$1" >"$bin/id"
    # Brings every tool; before an update, only if there are lists.
    cat >"$bin/apt-get" <<'END'
#!/bin/sh
echo "$*" >>"$PLACE/asked"
case "$*" in
*update*)
    touch "$PLACE/lists"
    ;;
*install*)
    [ -f "$PLACE/lists" ] || exit 100
    for tool in cc cmake make pkg-config; do
        printf '#!/bin/sh\nexit 0\n' >"$PLACE/bin/$tool"
        chmod +x "$PLACE/bin/$tool"
    done
    ;;
esac
END
    chmod +x "$bin/id" "$bin/apt-get"
}

run() {
    status=0
    PLACE=$place PATH=$bin "$source/scripts/install-deps" "$@" >"$place/out" 2>&1 ||
        status=$?
}

expect() { # WHAT COMMAND...
    what=$1
    shift
    "$@" >/dev/null 2>&1 || {
        echo "not so: $what (status $status)"
        cat "$place/out"
        failed=1
    }
}

machine 1000
run build test
expect "it cannot install without root" [ $status = 1 ]
expect "it prints the line to type" grep -q \
    "su -c 'apt-get update && apt-get install .* gcc libc6-dev cmake .* libcmocka-dev" \
    "$place/out"
expect "it asks apt-get for nothing" [ ! -e "$place/asked" ]

machine 0
touch "$place/lists"
run build
expect "root installs" [ $status = 0 ]
expect "it names the packages" grep -q 'install.* gcc libc6-dev cmake make' "$place/asked"
expect "nothing of the tests" sh -c "! grep -q cmocka '$place/asked'"
expect "it does not update lists that will do" sh -c "! grep -q update '$place/asked'"

rm "$place/asked"
run build
expect "all is here" [ $status = 0 ]
expect "it is quiet" [ ! -s "$place/out" ]
expect "it leaves apt-get alone" [ ! -e "$place/asked" ]

machine 0
run build
expect "empty lists are updated, and all is installed" [ $status = 0 ]
expect "after the first refusal" grep -q update "$place/asked"

machine 0
printf '#!/bin/sh\nexit 100\n' >"$bin/apt-get"
run build
expect "what apt-get does not bring is an error" [ $status = 1 ]
expect "that names it" grep -q 'did not bring: gcc libc6-dev' "$place/out"

machine 1000
rm "$bin/apt-get"
run build
expect "without apt-get it cannot help" [ $status = 1 ]
expect "but says what is missing" grep -q 'Missing here.* gcc' "$place/out"

exit $failed
