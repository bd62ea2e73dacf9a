# calls.awk - who calls whom between rooms, from the symbols of the objects. Reads
# `open`, the functions of plugin/*.h, `objects`, a path a line, and `symbols`, lines of `nm -A -g`: "PATH.o: U NAME" where a
# file wants a symbol, and another capital letter where it defines one.

# "src/base/arena.c" of ".../jangle_objects.dir/src/base/arena.c.o"
function source_of(object,    is_bank) {
    is_bank = object ~ /bank_rooms\.dir/
    sub(/^.*\.dir\//, is_bank ? "example_bank/" : "", object)
    sub(/\.o(:.*)?$/, "", object)
    return object
}

FILENAME ~ /\/open$/ {
    open_to_all[$0] = 1
    next
}
FILENAME ~ /\/objects$/ {
    built[source_of($0)] = 1
    next
}
$(NF - 1) == "U" {
    wants[source_of($1), $NF] = 1
    next
}
$(NF - 1) ~ /^[A-Z]$/ {
    home[$NF] = source_of($1)
}

# Into what stands alone, and out of it, only what a header of include/ declares is called.
function check_alone(file, symbol,    from, to) {
    if (!(symbol in home) || symbol ~ /^jangle_/ || symbol in open_to_all)
        return
    from = alone_of(file)
    to = alone_of(home[symbol])
    if (from != to)
        breach(file " calls " symbol, "it is in " home[symbol] ", and no public header has it")
}

# One edge is a file and a function that it uses, however often.
function count_call(file, symbol,    tree, from, to) {
    tree = tree_of(file)
    if (!(symbol in home) || tree_of(home[symbol]) != tree)
        return
    from = room_of(file)
    to = room_of(home[symbol])
    calls[tree, from, to]++
    if (is_upward(tree, from, to))
        breach(file " calls " symbol, "it is in " to ", above " from)
}

function print_table(tree,    room, count, i, j) {
    count = split(rooms[tree], room, " ")
    printf "\n%-14s", tree "/"
    for (j = 1; j <= count; j++)
        printf "%9.8s", room[j]
    for (i = 1; i <= count; i++) {
        printf "\n%-14s", room[i]
        for (j = 1; j <= count; j++)
            printf "%9s", i == j ? "-" : calls[tree, room[i], room[j]]
    }
    printf "\n"
}

END {
    for (pair in wants) {
        split(pair, part, SUBSEP)
        check_alone(part[1], part[2])
        count_call(part[1], part[2])
    }
    # These two are linked to libjangle.so, which exports nothing but public functions.
    for (file in listed)
        if (file != "example_bank/main.c" && file != "tools/jangle.c" && file !~ /^example_(broker|loyalty)\// && !(file in built))
            report(file ": is not built, so that its calls cannot be counted")
    print "Calls between rooms: how many functions of a column the files of a row use."
    count = split("src storage/sqlite example_bank", tree, " ")
    for (i = 1; i <= count; i++)
        if (tree[i] in rooms)
            print_table(tree[i])
}
