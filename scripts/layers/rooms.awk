# rooms.awk - what is known before anything is looked at: which rooms there are and in
# which order, which files the lists name, and what is excepted. Reads the first two files
# of the command line, `upward` and `lists`.

function report(what) {
    print what
    bad = 1
}

# What is excepted is no breach, and its exception is needed.
function breach(what, why) {
    if (what in excepted)
        needed[what] = 1
    else
        report(what ": " why)
}

# "src" of "src/base/arena.c"; "" where there are no rooms.
function tree_of(file) {
    if (match(file, /^(src|storage\/sqlite|example_bank)\//))
        return substr(file, 1, RLENGTH - 1)
    return ""
}

# "transports/hub" of "transports/hub/queue.c", and "formats" of each file there: what
# knows itself, and nothing else of the tree. "" for all other files.
function alone_of(file) {
    if (match(file, /^((transports|filters)\/[^\/]*|formats|tools)\//))
        return substr(file, 1, RLENGTH - 1)
    return ""
}

# "base" of "src/base/arena.c"; "." for a file beside the rooms, which knows them all.
function room_of(file,    part) {
    file = substr(file, length(tree_of(file)) + 2)
    return split(file, part, "/") > 1 ? part[1] : "."
}

function is_upward(tree, from, to) {
    return rank[tree, to] > rank[tree, from]
}

function read_rooms(tree, list,    part, count, i) {
    count = split(list, part, " ")
    for (i = 1; i <= count; i++)
        rank[tree, part[i]] = i
    if (tree != "src") { # whose files all lie in rooms
        rank[tree, "."] = count + 1
        list = list " ."
    }
    rooms[tree] = list
}

# "transports/aws/wire/xml.c" of "transports/aws/visit/../wire/xml.c", which two share.
function plain_path(file) {
    sub(/\/[^\/]+\/\.\.\//, "/", file)
    return file
}

function read_list(path,    folder, line, part, count, i) {
    folder = path
    sub(/\/CMakeLists.txt$/, "", folder)
    while ((getline line < path) > 0) {
        if (match(line, /^set\(ROOMS .*\)$/))
            read_rooms(folder, substr(line, 11, length(line) - 11))
        sub(/#.*/, "", line)
        count = split(line, part, /[ ()]+/)
        for (i = 1; i <= count; i++)
            if (part[i] ~ /\.c$/)
                listed[plain_path(folder "/" part[i])] = 1
    }
    close(path)
}

FILENAME ~ /\/upward$/ {
    if (split($0, exception, / ; /) == 2 && index(exception[1], relation))
        excepted[exception[1]] = 1
    else if (index($0, relation))
        report("scripts/check-layers: the line gives no reason: " $0)
    next
}
FILENAME ~ /\/lists$/ {
    read_list($0)
    next
}
