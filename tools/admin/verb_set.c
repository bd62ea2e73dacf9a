/* verb_set.c - the verbs of one program: ours and its own. */
#include "admin/verb_set.h"
#include "admin/suggest.h"

#include <string.h>

static bool has_own(const struct jangle_admin *admin, const char *name)
{
    for (size_t i = 0; i < admin->verbs.count; i++)
        if (!strcmp(admin->verbs.items[i].name, name))
            return true;
    return false;
}

static bool is_here(const struct jangle_admin *admin, const struct jangle_verb *verb)
{
    return (verb->needs != JANGLE_NEEDS_CODE || admin->config) &&
           !has_own(admin, verb->name);
}

const struct jangle_verb *jn_verb_at(const struct jn_verb_set *set, size_t index)
{
    for (size_t i = 0; i < set->ours->count; i++)
        if (is_here(set->admin, &set->ours->items[i]) && !index--)
            return &set->ours->items[i];
    return index < set->admin->verbs.count ? &set->admin->verbs.items[index] : NULL;
}

/* How many of the words are the verb's name; 0: they are another's. */
static int words_of(const struct jangle_verb *verb, int count, char *const *words)
{
    const char *at = verb->name;
    int taken = 0;

    while (*at) {
        size_t size = strcspn(at, " ");

        if (taken == count || strlen(words[taken]) != size ||
            strncmp(words[taken], at, size) != 0)
            return 0;
        taken++;
        at += size + (at[size] == ' ');
    }
    return taken;
}

const struct jangle_verb *
jn_verb_find(const struct jn_verb_set *set, int count, char *const *words, int *taken)
{
    const struct jangle_verb *best = NULL;
    const struct jangle_verb *verb;

    *taken = 0;
    for (size_t i = 0; (verb = jn_verb_at(set, i)); i++) {
        int own = words_of(verb, count, words);

        if (own > *taken) {
            best = verb;
            *taken = own;
        }
    }
    return best;
}

const char *jn_verb_suggest(const struct jn_verb_set *set, const char *typed)
{
    struct jn_suggestion suggestion = {.typed = typed};
    const struct jangle_verb *verb;

    for (size_t i = 0; (verb = jn_verb_at(set, i)); i++)
        jn_suggest_offer(&suggestion, verb->name);
    return suggestion.best;
}
