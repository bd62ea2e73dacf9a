# headers.awk - a header that declares a function of another file than the one of its own
# name. First file: "function source" for each that is defined; then the headers.
FNR == 1 { depth = 0; comment = 0 }
NR == FNR { source[$1] = $2; next }
{
    text = ""
    line = $0
    while (line != "") {
        if (comment) {
            at = index(line, "*/")
            if (!at) break
            line = substr(line, at + 2); comment = 0
        } else {
            at = index(line, "/*")
            text = text (at ? substr(line, 1, at - 1) : line)
            if (!at) break
            line = substr(line, at + 2); comment = 1
        }
    }
    if (text ~ /^#/ || continued) {
        continued = text ~ /\\$/
        next
    }
    outside = depth == 0
    depth += gsub(/\{/, "{", text) - gsub(/\}/, "}", text)
    if (!outside)
        next
    own = FILENAME
    sub(/\.h$/, ".c", own)
    # "name(...", or by its type: "jangle_store_head_fn name;".
    while (match(text, /[a-z_0-9]+ *\(|_fn [a-z_0-9]+;/)) {
        name = substr(text, RSTART, RLENGTH - 1)
        sub(/^_fn /, "", name)
        sub(/ *$/, "", name)
        if (name in source && source[name] != own) {
            print FILENAME ": declares " name ", which is in " source[name]
            failed = 1
        }
        text = substr(text, RSTART + RLENGTH)
    }
}
END { exit failed }
