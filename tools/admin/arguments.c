/* arguments.c - what was typed behind a verb: options anywhere, the store first. */
#include "admin/arguments.h"
#include "admin/suggest.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The words that are left to read. */
struct words {
    struct jangle_verb_call *call;
    int left;
    char *const *next;
};

/* ---- options ---------------------------------------------------------------------- */

static const struct jangle_option *option_at(const struct jangle_verb_call *call,
                                             size_t index)
{
    const struct jangle_options *own = &call->verb->options;

    if (index < own->count)
        return &own->items[index];
    index -= own->count;
    return index < jn_common_count(call->verb) ? &jn_common_options.items[index] : NULL;
}

static bool
complain_unknown(const struct jangle_verb_call *call, const char *typed, const char *name)
{
    struct jn_suggestion suggestion = {.typed = name};
    const struct jangle_option *option;

    for (size_t i = 0; (option = option_at(call, i)); i++)
        jn_suggest_offer(&suggestion, option->name);
    if (suggestion.best)
        jangle_verb_say(call, "%s has no option `%s`; did you mean `--%s`?",
                        call->verb->name, typed, suggestion.best);
    else
        jangle_verb_say(call, "%s has no option `%s`; `%s %s --help` lists them",
                        call->verb->name, typed, call->admin->name, call->verb->name);
    return false;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t size = strlen(value);

    for (const char *at = choices; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (strcspn(at, "|") == size && !strncmp(at, value, size))
            return true;
    }
    return false;
}

static bool set_option(struct jangle_verb_call *call, size_t index, const char *value)
{
    const struct jangle_option *option = option_at(call, index);

    if (option->choices && !is_choice(option->choices, value)) {
        jangle_verb_say(call, "--%s is one of %s, and not `%s`", option->name,
                        option->choices, value);
        return false;
    }
    if (call->values[index] && option->value) {
        jangle_verb_say(call, "--%s was given twice", option->name);
        return false;
    }
    call->values[index] = value;
    return true;
}

/* The value of an option is what follows it in the same word, or the next word. */
static bool take_value(struct words *words, size_t index, const char *attached)
{
    const struct jangle_option *option = option_at(words->call, index);

    if (attached)
        return set_option(words->call, index, attached);
    if (!words->left) {
        jangle_verb_say(words->call, "--%s needs a value: %s", option->name,
                        option->value);
        return false;
    }
    words->left--;
    return set_option(words->call, index, *words->next++);
}

/* --name, --name=value */
static bool take_long(struct words *words, const char *word)
{
    const char *name = word + 2;
    size_t size = strcspn(name, "=");
    const char *attached = name[size] ? name + size + 1 : NULL;
    const struct jangle_option *option;

    for (size_t i = 0; (option = option_at(words->call, i)); i++) {
        if (strlen(option->name) != size || strncmp(option->name, name, size) != 0)
            continue;
        if (option->value)
            return take_value(words, i, attached);
        if (!attached)
            return set_option(words->call, i, "");
        jangle_verb_say(words->call, "--%s takes no value", option->name);
        return false;
    }
    return complain_unknown(words->call, word, name);
}

/* -f, -n5, -n 5, -fn 5 */
static bool take_short(struct words *words, const char *word)
{
    for (const char *at = word + 1; *at; at++) {
        const struct jangle_option *option;
        size_t i;

        for (i = 0; (option = option_at(words->call, i)); i++)
            if (option->letter == *at)
                break;
        if (!option)
            return complain_unknown(words->call, word, at);
        if (option->value)
            return take_value(words, i, at[1] ? at + 1 : NULL);
        if (!set_option(words->call, i, ""))
            return false;
    }
    return true;
}

/* ---- arguments -------------------------------------------------------------------- */

static bool take_argument(struct words *words, const char *word)
{
    struct jangle_verb_call *call = words->call;

    if (call->argument_count == JN_ARGUMENTS_MAX) {
        jangle_verb_say(call, "there are more than %d arguments", JN_ARGUMENTS_MAX);
        return false;
    }
    call->arguments[call->argument_count++] = word;
    return true;
}

static bool take_words(struct words *words)
{
    bool only_arguments = false;

    while (words->left) {
        const char *word = *words->next++;
        bool taken;

        words->left--;
        if (only_arguments || word[0] != '-' || !word[1])
            taken = take_argument(words, word);
        else if (!strcmp(word, "--"))
            taken = only_arguments = true;
        else
            taken = word[1] == '-' ? take_long(words, word) : take_short(words, word);
        if (!taken)
            return false;
    }
    return true;
}

/* ---- the store -------------------------------------------------------------------- */

bool jn_arguments_have_file(const struct jangle_admin *admin,
                            const struct jangle_verb *verb)
{
    return verb->needs != JANGLE_NEEDS_NOTHING && !admin->location;
}

static bool is_file(const char *path)
{
    struct stat facts;

    return stat(path, &facts) == 0 && S_ISREG(facts.st_mode);
}

static void drop_first_argument(struct jangle_verb_call *call)
{
    call->argument_count--;
    for (int i = 0; i < call->argument_count; i++)
        call->arguments[i] = call->arguments[i + 1];
}

/* --store; the first argument; JANGLE_STORE; the program's own. With JANGLE_STORE the
 * first argument is the store only if there is such a file. */
static bool choose_store(struct jangle_verb_call *call)
{
    const char *of_environment = getenv("JANGLE_STORE");
    bool may_be_typed = jn_arguments_have_file(call->admin, call->verb);

    if (call->verb->needs == JANGLE_NEEDS_NOTHING)
        return true;
    if (of_environment && !*of_environment)
        of_environment = NULL;
    call->location = jangle_verb_option(call, "store");
    if (!call->location && may_be_typed && call->argument_count &&
        (!of_environment || is_file(call->arguments[0]))) {
        call->location = call->arguments[0];
        drop_first_argument(call);
    }
    if (!call->location)
        call->location = of_environment ? of_environment : call->admin->location;
    if (call->location && *call->location)
        return true;
    jangle_verb_say(call,
                    "which store? Type `%s %s FILE`, or set JANGLE_STORE to the file",
                    call->admin->name, call->verb->name);
    return false;
}

/* ---- how many --------------------------------------------------------------------- */

/* The number of words in "STREAM [VERSION]", and of those that must be there. */
static void count_words(const char *arguments, int *least, int *most)
{
    *least = *most = 0;
    for (const char *at = arguments; *at;) {
        size_t size = strcspn(at, " ");

        *least += *at != '[';
        ++*most;
        at += size;
        at += strspn(at, " ");
    }
}

static bool are_as_many(const struct jangle_verb_call *call)
{
    int least;
    int most;

    count_words(call->verb->arguments, &least, &most);
    if (call->argument_count < least)
        jangle_verb_say(call, "%s needs %s; `%s %s --help` says more", call->verb->name,
                        call->verb->arguments, call->admin->name, call->verb->name);
    else if (call->argument_count > most)
        jangle_verb_say(call, "%s has no use for `%s`; `%s %s --help` says what it takes",
                        call->verb->name, call->arguments[most], call->admin->name,
                        call->verb->name);
    return call->argument_count >= least && call->argument_count <= most;
}

bool jn_arguments_read(struct jangle_verb_call *call, int count, char *const *words)
{
    struct words all = {.call = call, .left = count, .next = words};

    if (!take_words(&all))
        return false;
    if (jangle_verb_option(call, "help"))
        return true;
    call->json = jangle_verb_option(call, "json");
    call->full = jangle_verb_option(call, "full");
    call->local = jangle_verb_option(call, "local");
    return choose_store(call) && are_as_many(call);
}
