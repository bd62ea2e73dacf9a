# apply.awk - makes the copies of the sources in which the mistakes of tests/mutants/table
# can be switched on, below the folder `out`; or only looks at the table, if `out` is "".
# With `list`, prints "NAME<tab>FILE<tab>PROGRAM:TEST..." for each mutant and does nothing
# else. The table's first lines say what is in it.

function complain(what) {
    print "tests/mutants/table: " name ": " what > "/dev/stderr"
    bad = 1
}

function value(line) {
    sub(/^[a-z]+ +/, "", line)
    return line
}

function read_whole(path,    text, line, old) {
    old = RS
    RS = "\n"
    text = ""
    while ((getline line < path) > 0)
        text = text line "\n"
    close(path)
    RS = old
    return text
}

# Where `what` begins in `text`, if it is there once; 0 if not.
function find_once(text, what,    at) {
    at = index(text, what)
    if (!at || index(substr(text, at + 1), what))
        return 0
    return at
}

# Replacements are kept from the last to the first, so that places stay right.
function add(file, at, size, new,    i, n) {
    n = ++changes[file]
    for (i = n; i > 1 && place[file, i - 1] < at; i--) {
        place[file, i] = place[file, i - 1]
        length_of[file, i] = length_of[file, i - 1]
        becomes[file, i] = becomes[file, i - 1]
    }
    place[file, i] = at
    length_of[file, i] = size
    becomes[file, i] = new
}

function take_in(    at, from) {
    if (name in names)
        complain("two mutants have this name")
    names[name] = 1
    if (file == "" || right == "" || wrong == "" || tests == "")
        complain("it lacks a file, the right code, the wrong one, or a test")
    if (list) {
        print name "\t" file "\t" tests
        return
    }
    if (!(file in source))
        source[file] = read_whole(file)
    from = after == "" ? 1 : find_once(source[file], after) + length(after)
    if (from == length(after)) {
        complain(file " does not have this once: " after)
        return
    }
    at = after == "" ? find_once(source[file], right) \
                     : index(substr(source[file], from), right)
    if (!at) {
        complain(file " does not have this" (after == "" ? " once: " : ": ") right)
        return
    }
    add(file, from + at - 1, length(right),
        "(jn_mutant_is(\"" name "\") ? (" wrong ") : (" right "))")
}

function finish() {
    if (name != "")
        take_in()
    name = right = wrong = after = tests = ""
}

/^#/ || /^ *$/ { next }
/^file / { finish(); file = value($0); next }
/^mutant / { finish(); name = value($0); next }
{ sub(/^ +/, "") }
/^after / { after = value($0); next }
/^right / { right = value($0); next }
/^wrong / { wrong = value($0); next }
/^test / { tests = tests (tests == "" ? "" : "\t") $2 ":" $3; next }
{ name = name == "" ? "?" : name; complain("what is this line? " $0) }

function write(file,    text, i, path) {
    text = source[file]
    for (i = 1; i <= changes[file]; i++) {
        if (i > 1 && place[file, i] + length_of[file, i] > place[file, i - 1])
            complain("two mutants of " file " change the same code")
        text = substr(text, 1, place[file, i] - 1) becomes[file, i] \
            substr(text, place[file, i] + length_of[file, i])
    }
    if (out == "")
        return
    path = out "/" file
    printf "extern _Bool jn_mutant_is(const char *name);\n#line 1 \"%s\"\n%s",
        file, text > path
    close(path)
}

END {
    finish()
    if (!list)
        for (file in source)
            write(file)
    exit bad
}
