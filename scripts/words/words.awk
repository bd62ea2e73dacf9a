# words.awk RETIRED FILE... - prints each retired word with its file, its line and the word
# to use instead. RETIRED says how its lines are read.

# ---- the list ------------------------------------------------------------------

NR == FNR {
    if (/^ *(#|$)/)
        next
    if (split($0, part, / +; +/) != 4) {
        print FILENAME ":" FNR ": not \"kind ; files ; pattern ; words\""
        bad = 1
    } else if (part[1] == "except" || part[1] == "phrase") {
        excepts++
        except_kind[excepts] = part[1]
        except_file[excepts] = "^(" part[2] ")$"
        except_word[excepts] = part[1] == "except" ? "^(" part[3] ")$" : part[3]
        except_name[excepts] = part[3]
        gsub(/ /, "_", except_name[excepts])
        except_line[excepts] = FILENAME ":" FNR ": " part[2] " ; " part[3]
    } else {
        rules++
        kind[rules] = part[1]
        where[rules] = "^(" part[2] ")$"
        word[rules] = part[1] == "code" ? "^(" part[3] ")$" : "[^a-z0-9_](" part[3] ")[^a-z0-9_]"
        instead[rules] = part[4]
    }
    next
}

# ---- what is found ---------------------------------------------------------------

function report(line, found, rule,    i) {
    for (i = 1; i <= excepts; i++)
        if (except_kind[i] == "except" && except_here[i] && found ~ except_word[i]) {
            needed[i] = 1
            return
        }
    print file ":" line ": \"" found "\": say " instead[rule]
    bad = 1
}

# The first rule that a name breaks; a phrase in it counts for nothing.
function rule_for(name,    i) {
    for (i = 1; i <= excepts; i++)
        if (except_kind[i] == "phrase" && except_here[i])
            gsub(except_name[i], "-", name)
    for (i = 1; i <= rules; i++)
        if (kind[i] == "code" && here[i] && name ~ word[i])
            return i
    return 0
}

# A whole identifier, in small letters.
function look_at_name(name, line) {
    if (!(name in rule_of))
        rule_of[name] = rule_for(name)
    if (rule_of[name])
        report(line, name, rule_of[name])
}

function look_at_names(text, line, with,    name) {
    while (match(text, /[A-Za-z_][A-Za-z0-9_]*/)) {
        name = tolower(substr(text, RSTART, RLENGTH))
        text = substr(text, RSTART + RLENGTH)
        if (!with || index(name, with))
            look_at_name(name, line)
    }
}

# A paragraph is gathered, so that words which a line end parts are found, too.
function gather(text, line) {
    pieces++
    starts[pieces] = length(paragraph)
    lines[pieces] = line
    gsub(/[ \t]+/, " ", text)
    gsub(/^ | $/, "", text)
    paragraph = paragraph tolower(text) " "
}

function line_at(place,    i) {
    for (i = pieces; i > 1 && starts[i] >= place; i--)
        ;
    return lines[i]
}

# A phrase is one word: so none of its words is found by itself.
function join_phrases(text,    i, joined) {
    for (i = 1; i <= excepts; i++)
        while (except_kind[i] == "phrase" && except_here[i] && match(text, except_word[i])) {
            joined = substr(text, RSTART, RLENGTH)
            gsub(/ /, "_", joined)
            text = substr(text, 1, RSTART - 1) joined substr(text, RSTART + RLENGTH)
        }
    return text
}

function end_paragraph(    i, text, rest, gone, found) {
    text = join_phrases(" " paragraph)
    paragraph = ""
    for (i = 1; i <= rules && pieces; i++) {
        if (kind[i] != "prose" || !here[i])
            continue
        rest = text
        gone = 0
        while (match(rest, word[i])) {
            found = substr(rest, RSTART + 1, RLENGTH - 2)
            report(line_at(gone + RSTART), found, i)
            gone += RSTART + RLENGTH - 2
            rest = substr(rest, RSTART + RLENGTH - 1)
        }
    }
    pieces = 0
}

# ---- C ---------------------------------------------------------------------------

# Of a comment: its words, and the names in it.
function take_comment(text) {
    sub(/^[ \t]*\*( |$)/, "", text)
    if (text ~ /^[ \t]*$/)
        end_paragraph()
    gather(text, FNR)
    look_at_names(text, FNR, "_")
}

function take_code(text) {
    look_at_names(text, FNR, "")
    if (text ~ /[^ \t]/ && text !~ /^[ \tA-Za-z0-9_]*$/)
        end_paragraph() # texts that only a name parts are one: "%" PRId64 " events"
}

function take_line(text,    end, token, before) {
    while (text != "") {
        if (comment) {
            end = index(text, "*/")
            take_comment(end ? substr(text, 1, end - 1) : text)
            if (!end)
                return
            comment = 0
            end_paragraph()
            text = substr(text, end + 2)
        }
        if (!match(text, /"([^"\\]|\\.)*"|\/\*|\/\//)) {
            take_code(text)
            return
        }
        before = substr(text, 1, RSTART - 1)
        token = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        take_code(before)
        if (token == "//") {
            take_comment(text)
            return
        }
        comment = token == "/*"
        if (comment)
            end_paragraph()
        else
            take_literal(substr(token, 2, length(token) - 2))
    }
}

function take_literal(text) {
    gsub(/\\[nt]/, " ", text)
    gather(text, FNR)
}

# ---- files -----------------------------------------------------------------------

function begin_file(    i, name) {
    file = FILENAME
    comment = 0
    for (name in rule_of)
        delete rule_of[name]
    for (i = 1; i <= rules; i++)
        here[i] = FILENAME ~ where[i]
    for (i = 1; i <= excepts; i++) {
        except_here[i] = FILENAME ~ except_file[i]
        met[i] += except_here[i]
    }
    is_c = FILENAME ~ /\.[ch]$/
    is_page = FILENAME ~ /\.md$/
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\.[a-z]*$/, "", name)
    if (is_c)
        look_at_name(name, 1)
}

FNR == 1 {
    end_paragraph()
    begin_file()
}

is_c {
    take_line($0)
    next
}

{
    text = $0
    if (!is_page)
        sub(/^[ \t]*#+/, "", text)
    if (text ~ /^[ \t]*$/)
        end_paragraph()
    if (is_page)
        gsub(/\]\([^)]*\)/, "]", text) # where a link leads to
    gather(text, FNR)
    if (is_page)
        look_at_names(text, FNR, "_")
}

END {
    end_paragraph()
    for (i = 1; i <= excepts; i++)
        if (except_kind[i] == "except" && met[i] && !needed[i]) {
            print except_line[i] ": nothing needs this line any more"
            bad = 1
        }
    exit bad
}
