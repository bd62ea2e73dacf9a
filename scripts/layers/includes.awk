# includes.awk - who may include whom. Reads all C files.

/^ *# *include/ {
    match($0, /[<"][^>"]*[>"]/)
    check(FILENAME, substr($0, RSTART + 1, RLENGTH - 2), substr($0, RSTART, 1) == "\"")
}

# A dependency has one includer.
function check(file, header, quoted,    path) {
    path = file " includes " header
    if (header ~ /^jansson/ && file !~ /^transports\/aws\//)
        report(path ": only transports/aws/ and tests know jansson")
    if (header ~ /^curl/ && file != "transports/aws/web.c")
        report(path ": only transports/aws/web.c knows libcurl")
    if (header ~ /^expat/ && file != "transports/aws/wire/xml.c")
        report(path ": only transports/aws/wire/xml.c knows expat")
    if (header ~ /^uuid/ && file != "src/base/ids.c")
        report(path ": only src/base/ids.c knows libuuid")
    if (header ~ /^xxh/ && file !~ /^(src\/base\/hash|storage\/sqlite\/file\/checksum)\.c$/)
        report(path ": only src/base/hash.c and storage/sqlite/file/checksum.c know xxHash")
    if (header ~ /^sqlite3/ && file !~ /^(storage\/sqlite|example_bank)\//)
        report(path ": only storage/sqlite/ and views know SQLite")
    if (quoted && file ~ /^include\//)
        report(path ": public headers are included as <jangle/...>")
    else if (quoted && file ~ /^example_(bank\/serve|broker|loyalty)\// &&
             header ~ /^example_broker\// && is_there(header))
        return
    else if (quoted && file ~ /^example_broker\//)
        report(path ": example_broker/ knows itself and <jangle/...>, no more")
    else if (quoted && file ~ /^example_loyalty\//) {
        if (!is_there("example_loyalty/" header))
            report(path ": example_loyalty/ knows itself and <jangle/...>, no more")
    } else if (quoted)
        check_own(file, header, path)
    if (file ~ /^storage\// && header ~ /^jangle\// && !is_open_to_storage(file, header))
        report(path ": a store knows plugin/* and what that includes, no more")
    if (header == "jangle/testing.h" && file ~ /^(src|storage|transports|formats|filters|tools)\// && file !~ /^src\/testing\//)
        report(path ": testing.h is for the tests of users")
    if (file ~ /^tools\// && header ~ /^jangle\/plugin\/(support|json|url_text)\.h$/)
        report(path ": tools/ includes public headers only, and this one is not installed")
}

# A header of the same world, by its path from the root of that world.
function check_own(file, header, path,    part, tree, to) {
    split(file, part, "/")
    tree = tree_of(file)
    to = room_of(part[1] "/" header)
    if (header !~ /^[a-z_]+\/[a-z0-9_\/]+\.h$/)
        report(path ": an include is written \"folder/name.h\"")
    else if (part[1] == "storage" && index(header, part[2] "/") != 1)
        report(path ": a store stays in its folder")
    else if (alone_of(file) && !(alone_of(part[1] "/" header) == alone_of(file) &&
                                 is_there(part[1] "/" header)))
        report(path ": " alone_of(file) "/ knows itself and <jangle/...>, no more")
    else if (part[1] != "storage" && !alone_of(file) && !((tree, to) in rank))
        report(path ": " tree "/ has no such room")
    else if (tree && is_upward(tree, room_of(file), to))
        breach(path, to " is above " room_of(file))
}

function is_there(path,    i) {
    for (i = 1; i < ARGC && ARGV[i] != path; i++)
        continue
    return i < ARGC
}

function is_open_to_storage(file, header) {
    return header ~ /^jangle\/(plugin\/[a-z_]+|detail\/[a-z_]+|config|result|message|arena|log)\.h$/ ||
           (file ~ /^storage\/sqlite\// && header == "jangle/view.h")
}

# Every file lies in a room and stands in its list; no two headers are included alike.
function check_place(file,    tree, header) {
    tree = tree_of(file)
    if (file ~ /^transports\/[^\/]*$/)
        report(file ": lies in no folder of its tree")
    if (tree && !((tree, room_of(file)) in rank))
        report(file ": is in no room of " tree "/CMakeLists.txt")
    if (file ~ /\.c$/ && !(file in listed))
        report(file ": is in no list of a CMakeLists.txt")
    header = substr(file, index(file, "/") + 1)
    if (file ~ /\.h$/ && header in home)
        report(file ": \"" header "\" could be " home[header] ", too")
    home[header] = file
}

END {
    for (i = 1; i < ARGC; i++)
        if (ARGV[i] ~ /^(src|storage|transports|formats|filters|tools|example_bank)\/.*\.[ch]$/)
            check_place(ARGV[i])
}
