/* completion.c - what bash, zsh and fish need to complete words: verbs, options, values.
 */
#include "admin/completion.h"
#include "admin/help.h"

#include <string.h>

/* A text between single quotes of a shell. */
static void put_quoted(struct jn_bytes *out, const char *text)
{
    jn_bytes_text(out, "'");
    for (; *text; text++)
        if (*text == '\'')
            jn_bytes_text(out, "'\\''");
        else
            jn_bytes_put(out, text, 1);
    jn_bytes_text(out, "'");
}

/* "a|b" as words. */
static void put_choices(struct jn_bytes *out, const char *choices)
{
    for (; *choices; choices++)
        jn_bytes_put(out, *choices == '|' ? " " : choices, 1);
}

static void put_option_words(struct jn_bytes *out, const struct jangle_verb *verb)
{
    const struct jangle_option *option;

    for (size_t i = 0; (option = jn_help_option_at(verb, i)); i++)
        jn_bytes_format(out, "%s--%s", i ? " " : "", option->name);
}

/* ---- bash ------------------------------------------------------------------------- */

static void put_bash_choices(struct jn_bytes *out, const struct jangle_verb *verb)
{
    for (size_t i = 0; i < verb->options.count; i++) {
        if (!verb->options.items[i].choices)
            continue;
        jn_bytes_format(out, "    %s:--%s) words='", verb->name,
                        verb->options.items[i].name);
        put_choices(out, verb->options.items[i].choices);
        jn_bytes_text(out, "' ;;\n");
    }
}

static void put_bash(struct jn_bytes *out, const struct jn_verb_set *set)
{
    const struct jangle_verb *verb;

    jn_bytes_format(
        out,
        "# bash completion of %s\n_%s() {\n    local word=$2 before=$3 words=\n"
        "    COMPREPLY=()\n    if [[ $COMP_CWORD -eq 1 ]]; then\n"
        "        COMPREPLY=($(compgen -W '",
        set->admin->name, set->admin->name);
    for (size_t i = 0; (verb = jn_verb_at(set, i)); i++)
        jn_bytes_format(out, "%s%s", i ? " " : "", verb->name);
    jn_bytes_text(out,
                  "' -- \"$word\"))\n        return\n    fi\n"
                  "    case ${COMP_WORDS[1]}:$before in\n");
    for (size_t i = 0; (verb = jn_verb_at(set, i)); i++)
        put_bash_choices(out, verb);
    jn_bytes_text(out, "    esac\n    [[ $word == -* ]] && case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; (verb = jn_verb_at(set, i)); i++) {
        jn_bytes_format(out, "    %s) words='", verb->name);
        put_option_words(out, verb);
        jn_bytes_text(out, "' ;;\n");
    }
    jn_bytes_format(out,
                    "    esac\n    [[ -z $words ]] ||\n"
                    "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
                    "complete -o default -F _%s %s\n",
                    set->admin->name, set->admin->name);
}

/* ---- zsh -------------------------------------------------------------------------- */

static void put_zsh_option(struct jn_bytes *out, const struct jangle_option *option)
{
    struct jn_bytes text = {0};

    jn_bytes_format(&text, "--%s[", option->name);
    for (const char *at = option->text; *at; at++)
        jn_bytes_format(&text, "%s%c", strchr("[]:\\", *at) ? "\\" : "", *at);
    jn_bytes_text(&text, "]");
    if (option->value)
        jn_bytes_format(&text, ":%s:", option->value);
    if (option->choices) {
        jn_bytes_text(&text, "(");
        put_choices(&text, option->choices);
        jn_bytes_text(&text, ")");
    } else if (option->value && !strcmp(option->value, "FILE")) {
        jn_bytes_text(&text, "_files");
    }
    jn_bytes_text(out, " ");
    put_quoted(out, jn_bytes_string(&text));
    jn_bytes_free(&text);
}

static void put_zsh(struct jn_bytes *out, const struct jn_verb_set *set)
{
    const struct jangle_verb *verb;
    const struct jangle_option *option;

    jn_bytes_format(out, "#compdef %s\n_%s() {\n    local -a verbs=(\n", set->admin->name,
                    set->admin->name);
    for (size_t i = 0; (verb = jn_verb_at(set, i)); i++) {
        struct jn_bytes text = {0};

        jn_bytes_format(&text, "%s:%s", verb->name, verb->text);
        jn_bytes_text(out, "        ");
        put_quoted(out, jn_bytes_string(&text));
        jn_bytes_text(out, "\n");
        jn_bytes_free(&text);
    }
    jn_bytes_text(out,
                  "    )\n    if (( CURRENT == 2 )); then\n"
                  "        _describe verb verbs\n        return\n    fi\n"
                  "    case ${words[2]} in\n");
    for (size_t i = 0; (verb = jn_verb_at(set, i)); i++) {
        jn_bytes_format(out, "    %s) _arguments", verb->name);
        for (size_t j = 0; (option = jn_help_option_at(verb, j)); j++)
            put_zsh_option(out, option);
        jn_bytes_text(out, " '*:file:_files' ;;\n");
    }
    jn_bytes_format(out, "    esac\n}\n_%s \"$@\"\n", set->admin->name);
}

/* ---- fish ------------------------------------------------------------------------- */

static void put_fish_option(struct jn_bytes *out,
                            const struct jn_verb_set *set,
                            const struct jangle_verb *verb,
                            const struct jangle_option *option)
{
    jn_bytes_format(out, "complete -c %s -n '__fish_seen_subcommand_from %s' -l %s",
                    set->admin->name, verb->name, option->name);
    if (option->letter)
        jn_bytes_format(out, " -s %c", option->letter);
    if (option->value)
        jn_bytes_text(out, " -r");
    if (option->choices) {
        jn_bytes_text(out, " -f -a '");
        put_choices(out, option->choices);
        jn_bytes_text(out, "'");
    }
    jn_bytes_text(out, " -d ");
    put_quoted(out, option->text);
    jn_bytes_text(out, "\n");
}

static void put_fish(struct jn_bytes *out, const struct jn_verb_set *set)
{
    const struct jangle_verb *verb;
    const struct jangle_option *option;

    jn_bytes_format(out, "# fish completion of %s\n", set->admin->name);
    for (size_t i = 0; (verb = jn_verb_at(set, i)); i++) {
        jn_bytes_format(out, "complete -c %s -n __fish_use_subcommand -f -a %s -d ",
                        set->admin->name, verb->name);
        put_quoted(out, verb->text);
        jn_bytes_text(out, "\n");
        for (size_t j = 0; (option = jn_help_option_at(verb, j)); j++)
            put_fish_option(out, set, verb, option);
    }
}

static const struct shell {
    const char *name;
    void (*put)(struct jn_bytes *out, const struct jn_verb_set *set);
} shells[] = {{"bash", put_bash}, {"zsh", put_zsh}, {"fish", put_fish}};

bool jn_completion_put(struct jn_bytes *out,
                       const struct jn_verb_set *set,
                       const char *shell)
{
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (!strcmp(shells[i].name, shell)) {
            shells[i].put(out, set);
            return true;
        }
    return false;
}
